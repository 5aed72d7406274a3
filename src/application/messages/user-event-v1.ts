import { z } from 'zod';
import { isUserId } from '#domain/actor';
import { normaliseText, textViolation } from '#domain/text';
import { REVOCATION_REASON } from '#domain/token-revocation';

/**
 * The value of a record in which the token issuer tells that something happened to a user. It is read leniently, because
 * an ignored record leaves tokens valid that should be refused: it may have more properties, and other reasons than
 * deactivated, role_changed, password_changed and logged_out.
 */
export const userEventV1 = z.object({
  /** A text or an integer, as in tokens: simplejwt up to 5.5.0 leaves integers as they are. */
  userId: z.union([z.string(), z.int()]).transform(String).refine(isUserId),
  validAfter: z.iso
    .datetime({ offset: true })
    .transform((instant) => new Date(instant))
    .refine((instant) => instant.getTime() >= 0),
  reason: z
    .string()
    .transform(normaliseText)
    .refine((reason) => !textViolation(reason, REVOCATION_REASON)),
});

import { z } from 'zod';
import { isUserId } from '#domain/actor';
import { normaliseText, textViolation } from '#domain/text';
import { REVOCATION_REASON } from '#domain/token-revocation';

/**
 * The value of a record that holds a user event. The schema is lenient, because an ignored record leaves tokens valid
 * that should be refused: it allows further properties, and other reasons than deactivated, role_changed,
 * password_changed and logged_out.
 */
export const userEventV1 = z.object({
  /** The user id is a text or an integer, as in tokens: simplejwt up to 5.5.0 does not turn integers into texts. */
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

import { z } from 'zod';
import { isUserId } from '#domain/actor';
import { normaliseText, textViolation } from '#domain/text';
import { REVOCATION_REASON } from '#domain/token-revocation';

/**
 * What the token issuer writes into the value of a message when something happens to a user. Read leniently, since what
 * is passed over here leaves tokens alone that should be refused: more properties may come, and other reasons than
 * deactivated, role_changed, password_changed and logged_out.
 */
export const userEventV1 = z.object({
  /** As in tokens, where simplejwt up to 5.5.0 leaves integers as they are. */
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

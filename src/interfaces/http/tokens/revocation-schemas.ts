import { z } from 'zod';
import type { Clock } from '#application/ports/system/clock';
import { INSTANT_PATTERN } from '#domain/opportunities/opportunity-details';
import { normaliseText } from '#domain/text';
import { REVOCATION_REASON, revocationViolations, type TokenRevocation } from '#domain/token-revocation';
import { at, text } from '../openapi/value-schemas.ts';

/** The shape of the body of PUT /token-revocations/{userId}. revocationBody() adds the rules of the domain. */
export const newRevocation = z
  .strictObject({
    validAfter: z.iso
      .datetime({ offset: true, error: 'must be an RFC 3339 instant' })
      .meta({
        description:
          'Tokens issued before this instant are refused. The default is the present instant. It must not be in the future.',
        override: { pattern: INSTANT_PATTERN, maxLength: 35 },
      })
      .transform((instant) => new Date(instant))
      .optional(),
    reason: text(REVOCATION_REASON)
      .transform(normaliseText)
      .optional()
      .meta({ description: 'A note for other admins, in one line.' }),
  })
  .meta({ id: 'NewTokenRevocation' });

/**
 * The body of PUT /token-revocations/{userId}, with the rules of the domain.
 * @param clock decides which instants are in the future
 */
export function revocationBody(clock: Clock) {
  return newRevocation.superRefine(
    ({ validAfter, reason }, context) => {
      // A value of the wrong type has its own issue already.
      const given = {
        validAfter: validAfter instanceof Date ? validAfter : undefined,
        reason: typeof reason === 'string' ? reason : undefined,
      };
      for (const { path, code, message } of revocationViolations(given, clock.now()))
        context.addIssue({ code: 'custom', path: [...path], message, params: { code } });
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  );
}

export const userId = z.string().meta({
  param: { id: 'userId' },
  minLength: 1,
  maxLength: 128,
  description: 'The user_id of the tokens, percent-encoded.',
  examples: ['42'],
});

/** A revocation in a response. */
export const revocation = z
  .object({
    userId: z.string().meta({ maxLength: 128, description: 'The user_id of the tokens.', examples: ['42'] }),
    validAfter: at('Tokens issued before this instant are refused.'),
    reason: text(REVOCATION_REASON)
      .nullable()
      .meta({ description: 'The note of the admin or of the token issuer.', examples: ['deactivated'] }),
  })
  .meta({ id: 'TokenRevocation' });

export function revocationResource({ userId: id, validAfter, reason }: TokenRevocation): z.output<typeof revocation> {
  return { userId: id, validAfter, reason };
}

import { z } from 'zod';
import type { Clock } from '#application/ports/system/clock';
import { INSTANT_PATTERN } from '#domain/opportunities/opportunity-details';
import { normaliseText } from '#domain/text';
import { REVOCATION_REASON, revocationViolations, type TokenRevocation } from '#domain/token-revocation';
import { text } from '../opportunities/opportunity-fields.ts';
import { at } from '../opportunities/opportunity-resource.ts';

/** What PUT /token-revocations/{userId} takes, but for the rules that need the domain. */
export const newRevocation = z
  .strictObject({
    validAfter: z.iso
      .datetime({ offset: true, error: 'must be an RFC 3339 instant' })
      .meta({
        description: 'Tokens that were issued before it are refused. Now, unless given; not in the future.',
        override: { pattern: INSTANT_PATTERN, maxLength: 35 },
      })
      .transform((instant) => new Date(instant))
      .optional(),
    reason: text(REVOCATION_REASON)
      .transform(normaliseText)
      .optional()
      .meta({ description: 'For other admins to read. One line.' }),
  })
  .meta({ id: 'NewTokenRevocation' });

/** @param clock says what is in the future. */
export function revocationBody(clock: Clock) {
  return newRevocation.superRefine(
    ({ validAfter, reason }, context) => {
      // What is of the wrong kind is reported already.
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

/** A revocation as the API answers it. */
export const revocation = z
  .object({
    userId: z.string().meta({ maxLength: 128, description: 'The user_id of the tokens.', examples: ['42'] }),
    validAfter: at('Tokens that were issued before it are refused.'),
    reason: text(REVOCATION_REASON)
      .nullable()
      .meta({ description: 'What was given with it.', examples: ['deactivated'] }),
  })
  .meta({ id: 'TokenRevocation' });

export function revocationResource({ userId: id, validAfter, reason }: TokenRevocation): z.output<typeof revocation> {
  return { userId: id, validAfter, reason };
}

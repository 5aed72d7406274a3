import { z } from 'zod';
import { HTTPS_URL_PATTERN, INTERNAL_URL_PATTERN } from '#domain/opportunities/formats';
import { INSTANT_PATTERN, TEXT_LIMITS } from '#domain/opportunities/opportunity-details';
import { type TextLimit, textPattern } from '#domain/text';

// Schemas for the values in bodies. zod checks the kind of a value. The domain decides how long or large a value may be
// and which format it has; .meta() repeats these rules for /openapi.json, and a test compares the two.

const INT32_MAX = 2 ** 31 - 1;

export const formatted = ({ min, max }: TextLimit, pattern: string) =>
  z.string().meta({ minLength: min, maxLength: max, pattern });

export const text = (limit: TextLimit) => formatted(limit, textPattern(limit));

export const code = (codes: readonly string[]) => z.string().meta({ enum: codes });
export const number = ([minimum, maximum]: readonly [number, number]) => z.number().meta({ minimum, maximum });
export const whole = ([minimum, maximum]: readonly [number, number]) =>
  z.number().meta({ type: 'integer', format: maximum > INT32_MAX ? 'int64' : 'int32', minimum, maximum });

/** Instants that the owner sets: an RFC 3339 text in a request, a Date that becomes such a text in a response. */
export const instant = (description: string, example: string) => ({
  request: z.iso
    .datetime({ offset: true, error: 'must be an RFC 3339 instant, such as 2027-03-01T12:00:00Z' })
    .meta({ description, examples: [example], override: { pattern: INSTANT_PATTERN, maxLength: 35 } })
    .transform((value) => new Date(value)),
  response: date(description, example),
});
const date = (description: string, example: string) =>
  z.date().meta({ description, examples: [example], override: { format: 'date-time', maxLength: 24 } });
/** An instant at which the service recorded something. */
export const at = (description: string) => date(description, '2026-11-22T19:24:55.197Z');

const ANY_URL =
  ': an https URL on a public host name, without IP address, user or password. The pattern of requests describes URLs in ASCII with the host in lower case. Other spellings are accepted as well.';
/** A web address. Its schema for requests is stricter: a response may hold an address in Unicode. */
export const url = (purpose: string, example: string) => {
  const response = formatted(TEXT_LIMITS.applyUrl, '^[Hh][Tt][Tt][Pp][Ss]://').meta({
    description: purpose + ANY_URL,
    examples: [example],
  });
  const publicHost = {
    pattern: HTTPS_URL_PATTERN,
    not: { type: 'string' as const, maxLength: TEXT_LIMITS.applyUrl.max, pattern: INTERNAL_URL_PATTERN },
  };
  return { request: response.meta(publicHost), response };
};

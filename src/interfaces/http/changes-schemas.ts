import { z } from 'zod';
import type { SyncToken } from '#application/list-changes';

export const INVALID_SINCE = 'must be the nextToken of an earlier answer';

/** What is inside of a token. Clients do not look there. */
const contents = z.strictObject({
  issuedAt: z.iso.datetime().transform((instant) => new Date(instant)),
  userId: z.string(),
  role: z.string(),
  position: z.string(),
});

/** The query of GET /opportunities/changes. */
export const changesQuery = z.strictObject({
  since: z
    .base64url({ error: INVALID_SINCE })
    .transform((text, context): SyncToken => {
      const token = contents.safeParse(parsed(text));
      if (token.success) return token.data;
      context.addIssue({ code: 'custom', message: INVALID_SINCE });
      return z.NEVER;
    })
    .optional()
    .meta({
      description: 'The `nextToken` of the last page that the app has stored. Left out, a new copy begins.',
      example:
        'eyJpc3N1ZWRBdCI6IjIwMjYtMDYtMDFUMTI6MDA6MDAuMDAwWiIsInVzZXJJZCI6IjQyIiwicm9sZSI6InVzZXIiLCJwb3NpdGlvbiI6Ijc0MTIzNDU2Nzg5MDEyMzQ1NjcuMDAwMDAwMDEuMTYzODQuMTYzOTAgNzQyOjc0MjoifQ',
    }),
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, { error: 'must be a whole number from 1 to 100' })
    .transform(Number)
    .default(50)
    .meta({
      description: 'Most items and tombstones together, 50 unless given; there may be fewer, or none.',
      example: '100',
    }),
});

export function tokenText(token: SyncToken): string {
  return Buffer.from(JSON.stringify(token), 'utf8').toString('base64url');
}

/** Undefined for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

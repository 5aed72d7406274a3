import { z } from 'zod';
import type { SyncToken } from '#application/opportunities/list-changes';
import { at, opportunity, opportunityId } from './opportunity-resource.ts';

export const INVALID_SINCE = 'must be the nextToken of an earlier answer';

/** Characters: more than a position with two snapshots and the user's id come to, and less than what headers may have. */
const LONGEST_TOKEN = 8000;

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
    .meta({ override: { pattern: '^eyJ[A-Za-z0-9_-]+$', maxLength: LONGEST_TOKEN } })
    .transform((text, context): SyncToken => {
      const token = contents.safeParse(parsed(text));
      if (token.success) return token.data;
      context.addIssue({ code: 'custom', message: INVALID_SINCE });
      return z.NEVER;
    })
    .optional()
    .meta({
      description: 'The `nextToken` of the last page that the app has stored. Left out, a new copy begins.',
    }),
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, { error: 'must be a whole number from 1 to 100' })
    .meta({ override: { type: 'integer', format: 'int32', minimum: 1, maximum: 100 } })
    .transform(Number)
    .default(50)
    .meta({
      description: 'Most items and tombstones together, 50 unless given; there may be fewer, or none.',
    }),
});

/** A page of changes. */
export const changesPage = z
  .object({
    items: z
      .array(opportunity)
      .meta({ maxItems: 100, description: 'New ones, and those of which anything has changed, as a whole.' }),
    tombstones: z
      .array(
        z.object({ id: opportunityId, deletedAt: at('When it was deleted or removed.') }).meta({ id: 'Tombstone' }),
      )
      .meta({ maxItems: 100, description: 'Those that the user may have seen and may not see any more.' }),
    page: z.object({
      nextToken: z
        .string()
        .meta({ maxLength: LONGEST_TOKEN, description: 'To be stored, and sent as since the next time. Opaque.' }),
      hasMore: z.boolean().meta({ description: 'Whether to ask again at once.' }),
    }),
  })
  .meta({ id: 'ChangesPage' });

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

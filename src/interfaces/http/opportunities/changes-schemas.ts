import { z } from 'zod';
import type { SyncToken } from '#application/opportunities/list-changes';
import { at } from '../openapi/value-schemas.ts';
import { opportunityId } from './field-kinds.ts';
import { opportunity } from './opportunity-resource.ts';

export const INVALID_SINCE = 'must be the nextToken of an earlier response';

/** The largest number of characters. A token has a position, with up to two snapshots, and the user's id. Headers allow more. */
const LONGEST_TOKEN = 8000;

/** The content of a sync token, which is opaque to clients. */
const contents = z.strictObject({
  issuedAt: z.iso.datetime().transform((instant) => new Date(instant)),
  userId: z.string(),
  role: z.string(),
  position: z.string(),
});

/** The query of GET /opportunities/changes. */
export const changesParameters = z.strictObject({
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
      description: 'The `nextToken` of the last page that the app has stored. Without it, a new copy begins.',
    }),
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, { error: 'must be a whole number from 1 to 100' })
    .meta({ override: { type: 'integer', format: 'int32', minimum: 1, maximum: 100 } })
    .transform(Number)
    .default(50)
    .meta({
      description:
        'The largest number of items and tombstones together, 50 by default. A page may have fewer, or none.',
    }),
});

/** The response of GET /opportunities/changes. */
export const changesPage = z
  .object({
    items: z
      .array(opportunity)
      .meta({ maxItems: 100, description: 'New and changed opportunities, with all their fields.' }),
    tombstones: z
      .array(
        z
          .object({ id: opportunityId, deletedAt: at('The instant at which the opportunity was deleted or removed.') })
          .meta({ id: 'Tombstone' }),
      )
      .meta({ maxItems: 100, description: 'Opportunities that the user may have seen and can no longer see.' }),
    page: z.object({
      nextToken: z.string().meta({
        maxLength: LONGEST_TOKEN,
        description: 'The token to store, and to send as since the next time. It is opaque to apps.',
      }),
      hasMore: z.boolean().meta({ description: 'Whether the app should request the next page at once.' }),
    }),
  })
  .meta({ id: 'ChangesPage' });

export function tokenText(token: SyncToken): string {
  return Buffer.from(JSON.stringify(token), 'utf8').toString('base64url');
}

/** Returns undefined when the text is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

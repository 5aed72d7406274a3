import { z } from 'zod';
import type { OpportunityView } from '#application/opportunities/opportunity-view';
import { responseShape } from './field-kinds.ts';
import { OPPORTUNITY } from './opportunity-fields.ts';

/** An opportunity as responses show it. */
export const opportunity = z.object(responseShape(OPPORTUNITY)).meta({ id: 'Opportunity' });

/** An item of a list, with the fields of the query. */
const listedOpportunity = opportunity.partial().required({ id: true }).meta({
  id: 'ListedOpportunity',
  description: 'An opportunity with the fields that the query names, or with the compact fields.',
});

/** A page of a list. */
export const opportunityPage = z
  .object({
    items: z.array(listedOpportunity).meta({ maxItems: 100 }),
    page: z.object({
      nextCursor: z
        .string()
        .nullable()
        .meta({ maxLength: 500, description: 'The cursor of the next page. Null on the last page.' }),
    }),
  })
  .meta({ id: 'OpportunityPage' });

type Unchanging<T> = T extends Date ? T : { readonly [Key in keyof T]: Unchanging<T[Key]> };

/** The body of a response with one opportunity. Serialising it turns Dates into RFC 3339 texts in UTC with milliseconds. */
export function opportunityResource(view: OpportunityView): Unchanging<z.output<typeof opportunity>> {
  // Three properties are left out: nobody sees a deleted opportunity, the status before a removal concerns only moderators,
  // and a header tells that a response is a replay.
  const { id, ownerId, details, deletedAt, removedFrom, replayed, ...state } = view;
  return { id, ownerId, ...details, ...state };
}

import { z } from 'zod';
import type { OpportunityView } from '#application/opportunities/opportunity-view';
import { responseShape } from './field-schemas.ts';
import { OPPORTUNITY } from './opportunity-fields.ts';

/** An opportunity as the API answers it. */
export const opportunity = z.object(responseShape(OPPORTUNITY)).meta({ id: 'Opportunity' });

/** An item of a list: the fields that were asked for. */
const listedOpportunity = opportunity
  .partial()
  .required({ id: true })
  .meta({ id: 'ListedOpportunity', description: 'The fields that were asked for, and else those that a list shows.' });

/** A page of a list. */
export const opportunityPage = z
  .object({
    items: z.array(listedOpportunity).meta({ maxItems: 100 }),
    page: z.object({
      nextCursor: z
        .string()
        .nullable()
        .meta({ maxLength: 500, description: 'To be sent as cursor for the next page; null on the last one.' }),
    }),
  })
  .meta({ id: 'OpportunityPage' });

type Unchanging<T> = T extends Date ? T : { readonly [Key in keyof T]: Unchanging<T[Key]> };

/** What the schema above describes; Dates become RFC 3339 in UTC with milliseconds when it is serialised. */
export function opportunityResource(view: OpportunityView): Unchanging<z.output<typeof opportunity>> {
  // Nobody sees a deleted one, and what a removed one was before is the moderators' business;
  // that an answer is an earlier one, a header says.
  const { id, ownerId, details, deletedAt, removedFrom, replayed, ...state } = view;
  return { id, ownerId, ...details, ...state };
}

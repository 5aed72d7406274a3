import { messageOf } from '#application/messages/opportunity-events-v1';
import type { Message } from '#application/messages/message';
import type { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import type { Transaction, UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { OPPORTUNITY_STATUSES } from '#domain/opportunities/opportunity-status';
import { anOpportunity, SOME_DAY, someId } from '../../support/opportunities/an-opportunity.ts';

/** What the suites of UnitOfWork and of the ports inside it need to know of an adapter. */
export type TransactionHarness = {
  readonly unitOfWork: UnitOfWork;
  /** Reads committed opportunities. */
  readonly catalogue: OpportunityCatalogue;
  /** The committed messages that wait for the relay, oldest first. */
  waiting(): Promise<readonly Message[]>;
  /** The limit that the unit of work was given. */
  readonly largestMessageBytes: number;
  /** How often the relay was woken up. */
  nudges(): number;
  /** Calls the function whenever the relay is woken up, in the same moment. */
  onNudge(listener: () => void): void;
  /** Moves the clock of the storage forward. */
  age(hours: number): Promise<void>;
  /** Takes the storage away. healStorage() brings it back. */
  breakStorage(): Promise<void>;
  healStorage(): Promise<void>;
};

const EVERYTHING = { statuses: OPPORTUNITY_STATUSES, ownerId: 'nobody', ownStatuses: [] };

/** Reads a committed opportunity, whatever its status. */
export function committed({ catalogue }: TransactionHarness, id: string): Promise<Opportunity | undefined> {
  return catalogue.find(id, EVERYTHING);
}

/** Stores a new opportunity with its event, and returns it. */
export async function added(
  { unitOfWork }: TransactionHarness,
  given: Parameters<typeof anOpportunity>[0] = {},
): Promise<Opportunity> {
  const { opportunity, created } = anOpportunity(given);
  await unitOfWork.run(async ({ opportunities, outbox }) => {
    await opportunities.add(opportunity);
    await outbox.append(messageOf(created, someId()));
  });
  return opportunity;
}

/** Closes an opportunity that came from get(), saves it and appends the event. */
export async function closeAndSave(
  { opportunities, outbox }: Transaction,
  opportunity: Opportunity,
  reason: 'filled' | 'withdrawn' = 'filled',
): Promise<void> {
  const closed = opportunity.close(reason, { actorId: 'owner', at: SOME_DAY });
  await opportunities.save(opportunity);
  await outbox.append(messageOf(closed, someId()));
}

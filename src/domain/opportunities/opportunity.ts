import { normaliseText } from '../text.ts';
import { isOpen } from './opportunity-status.ts';
import { changedFields, normaliseDetails, type OpportunityDetails } from './opportunity-details.ts';
import { InvalidOpportunity, NotPublishable } from './opportunity-errors.ts';
import type {
  OpportunityClosed,
  OpportunityCreated,
  OpportunityDeleted,
  OpportunityEvent,
  OpportunityPublished,
  OpportunityRemoved,
  OpportunityReopened,
  OpportunityRestored,
  OpportunityUpdated,
} from './opportunity-events.ts';
import type { OpportunityState } from './opportunity-state.ts';
import {
  missingForReaders,
  obstaclesToPublishing,
  passedDeadline,
  removalReasonViolations,
  violationsOf,
} from './opportunity-invariants.ts';
import { type CloseReason, type OpportunityStatus, transition } from './opportunity-status.ts';

/** The author and the instant of a change. */
export type Change = { readonly actorId: string; readonly at: Date };

/**
 * An offer that one member posts for others. Every operation that changes it returns an event and increases the version,
 * which is both the optimistic lock and the sequence number of the event.
 */
export class Opportunity {
  readonly id: string;
  readonly ownerId: string;
  readonly createdAt: Date;
  private _details: OpportunityDetails;
  private _status: OpportunityStatus;
  private _closeReason: CloseReason | null;
  private _removedFrom: OpportunityStatus | null;
  private _removalReason: string | null;
  private _version: number;
  private _updatedAt: Date;
  private _publishedAt: Date | null;
  private _closedAt: Date | null;
  private _deletedAt: Date | null;

  private constructor(state: OpportunityState) {
    this.id = state.id;
    this.ownerId = state.ownerId;
    this.createdAt = state.createdAt;
    this._details = state.details;
    this._status = state.status;
    this._closeReason = state.closeReason;
    this._removedFrom = state.removedFrom;
    this._removalReason = state.removalReason;
    this._version = state.version;
    this._updatedAt = state.updatedAt;
    this._publishedAt = state.publishedAt;
    this._closedAt = state.closedAt;
    this._deletedAt = state.deletedAt;
  }

  /**
   * The way back from a store: gives the opportunity whose `state` was stored. Every operation goes on from that state.
   *
   * No invariant is checked. The operations checked all of them before the state was stored, and an opportunity that was
   * stored before a rule became stricter must still be read, edited and deleted. So the state must come from an
   * Opportunity; a state from anywhere else goes through create(). The details are shared and not copied, because
   * nothing changes them in place.
   */
  static fromState(state: OpportunityState): Opportunity {
    return new Opportunity(state);
  }

  /**
   * Posts an opportunity, published at once or as a draft that only its owner and the staff see.
   * @throws InvalidOpportunity with every broken invariant. Unless it is a draft, they include the invariants of publishing.
   */
  static create(
    id: string,
    proposed: OpportunityDetails,
    status: 'draft' | 'published',
    by: Change,
  ): { opportunity: Opportunity; created: OpportunityCreated } {
    const details = normaliseDetails(proposed);
    const violations = [
      ...violationsOf(details),
      ...(status === 'published' ? obstaclesToPublishing(details, by.at) : []),
    ];
    if (violations.length > 0) throw new InvalidOpportunity(violations);

    const opportunity = new Opportunity({
      id,
      ownerId: by.actorId,
      details,
      status: status === 'published' ? transition('draft', 'publish') : 'draft',
      closeReason: null,
      removedFrom: null,
      removalReason: null,
      version: 1,
      createdAt: by.at,
      updatedAt: by.at,
      publishedAt: status === 'published' ? by.at : null,
      closedAt: null,
      deletedAt: null,
    });
    return { opportunity, created: opportunity.event('OpportunityCreated', by) };
  }

  /**
   * Shows a draft to everybody.
   * @throws IllegalTransition when the opportunity is not a draft.
   * @throws NotPublishable with every obstacle.
   */
  publish(by: Change): OpportunityPublished {
    const status = transition(this._status, 'publish');
    const obstacles = obstaclesToPublishing(this._details, by.at);
    if (obstacles.length > 0) throw new NotPublishable(obstacles);
    this._publishedAt = by.at;
    return this.changed(status, 'OpportunityPublished', by);
  }

  /**
   * Changes details. Details that the changes do not mention stay as they are.
   * @returns the event, or undefined when nothing is different.
   * @throws IllegalTransition when the opportunity is removed or deleted.
   * @throws InvalidOpportunity with every broken invariant. A published opportunity must keep what its readers need.
   */
  edit(changes: Partial<OpportunityDetails>, by: Change): OpportunityUpdated | undefined {
    const status = transition(this._status, 'edit');
    const details = normaliseDetails({ ...this._details, ...changes });
    const changed = changedFields(this._details, details);
    if (changed.length === 0) return undefined;

    const violations = [
      ...violationsOf(details),
      ...(status === 'published' ? missingForReaders(details) : []),
      ...(status === 'published' && changed.includes('deadlineAt') ? passedDeadline(details, by.at) : []),
    ];
    if (violations.length > 0) throw new InvalidOpportunity(violations);
    this._details = details;
    return { ...this.changed(status, 'OpportunityUpdated', by), changedFields: changed };
  }

  /**
   * Stops taking applications.
   * @throws IllegalTransition when the opportunity is not published.
   */
  close(reason: CloseReason, by: Change): OpportunityClosed {
    const status = transition(this._status, 'close');
    this._closeReason = reason;
    this._closedAt = by.at;
    return { ...this.changed(status, 'OpportunityClosed', by), reason };
  }

  /**
   * Takes applications again.
   * @throws IllegalTransition when the opportunity is not closed.
   * @throws NotPublishable when its deadline has passed: it must be edited first.
   */
  reopen(by: Change): OpportunityReopened {
    const status = transition(this._status, 'reopen');
    const obstacles = obstaclesToPublishing(this._details, by.at);
    if (obstacles.length > 0) throw new NotPublishable(obstacles);
    this._closeReason = null;
    this._closedAt = null;
    return this.changed(status, 'OpportunityReopened', by);
  }

  /**
   * Hides the opportunity from everybody but its owner and the staff.
   * @param given the reason, which the owner reads.
   * @throws IllegalTransition when the opportunity is already removed or deleted.
   * @throws InvalidOpportunity when the reason is not a valid text.
   */
  remove(given: string, by: Change): OpportunityRemoved {
    const reason = normaliseText(given);
    const status = transition(this._status, 'remove');
    const violations = removalReasonViolations(reason);
    if (violations.length > 0) throw new InvalidOpportunity(violations);
    this._removedFrom = this._status;
    this._removalReason = reason;
    return { ...this.changed(status, 'OpportunityRemoved', by), reason };
  }

  /**
   * Takes a removal back. The opportunity gets the status that it had before.
   * @throws IllegalTransition when the opportunity is not removed.
   */
  restore(by: Change): OpportunityRestored {
    const status = transition(this._status, 'restore', this._removedFrom);
    this._removedFrom = null;
    this._removalReason = null;
    return this.changed(status, 'OpportunityRestored', by);
  }

  /**
   * Deletes the opportunity for everybody. A tombstone stays for clients that have a copy.
   * @returns the event, or undefined when the opportunity was already deleted: deleting twice has the effect of once.
   * @throws IllegalTransition when the opportunity is removed, because removed opportunities must be preserved.
   */
  delete(by: Change): OpportunityDeleted | undefined {
    if (this._status === 'deleted') return undefined;
    const status = transition(this._status, 'delete');
    this._deletedAt = by.at;
    return this.changed(status, 'OpportunityDeleted', by);
  }

  /** Whether applications are accepted at that instant. */
  isOpenAt(instant: Date): boolean {
    return isOpen({ status: this._status, ...this._details }, instant);
  }

  get details(): OpportunityDetails {
    return this._details;
  }

  get status(): OpportunityStatus {
    return this._status;
  }

  get closeReason(): CloseReason | null {
    return this._closeReason;
  }

  get removedFrom(): OpportunityStatus | null {
    return this._removedFrom;
  }

  get removalReason(): string | null {
    return this._removalReason;
  }

  get version(): number {
    return this._version;
  }

  get updatedAt(): Date {
    return this._updatedAt;
  }

  get publishedAt(): Date | null {
    return this._publishedAt;
  }

  get closedAt(): Date | null {
    return this._closedAt;
  }

  get deletedAt(): Date | null {
    return this._deletedAt;
  }

  /** A copy of all properties as they are now. */
  get state(): OpportunityState {
    return {
      id: this.id,
      ownerId: this.ownerId,
      details: this._details,
      status: this._status,
      closeReason: this._closeReason,
      removedFrom: this._removedFrom,
      removalReason: this._removalReason,
      version: this._version,
      createdAt: this.createdAt,
      updatedAt: this._updatedAt,
      publishedAt: this._publishedAt,
      closedAt: this._closedAt,
      deletedAt: this._deletedAt,
    };
  }

  private changed<Name extends OpportunityEvent['name']>(status: OpportunityStatus, name: Name, by: Change) {
    this._status = status;
    this._version += 1;
    this._updatedAt = by.at;
    return this.event(name, by);
  }

  private event<Name extends OpportunityEvent['name']>(name: Name, by: Change) {
    return { name, opportunity: this.state, actorId: by.actorId, occurredAt: by.at };
  }
}

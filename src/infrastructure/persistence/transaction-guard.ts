import type { Opportunity } from '#domain/opportunities/opportunity';
import type { Retry } from '#application/ports/opportunities/idempotency-keys';
import { type Transaction, TransactionMisused } from '#application/ports/opportunities/unit-of-work';

/**
 * Watches the calls of one transaction, so that every UnitOfWork refuses the same mistakes of a block. A unit of work
 * gives its ports to the guard, runs the block with run(), and commits when run() resolves.
 */
export class TransactionGuard {
  private readonly ports: Transaction;
  private isCalled = false;
  private hasEnded = false;
  private failure: { readonly error: unknown } | undefined;
  /** Objects that add() has stored or get() has returned. */
  private readonly known = new Set<Opportunity>();
  /** Ids of the opportunities that were written, and of which no event was appended since. */
  private readonly withoutEvent = new Set<string>();
  private readonly claims = new Set<string>();

  constructor(ports: Transaction) {
    this.ports = ports;
  }

  /**
   * Runs the block with the guarded ports.
   * @throws TransactionMisused, the failure of a call, or the failure of the block: the transaction must be rolled back.
   */
  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      const result = await work(this.guarded());
      if (this.failure) throw this.failure.error;
      if (this.isCalled) throw new TransactionMisused('The block ended before a call of its ports. Await every call.');
      const [id] = this.withoutEvent;
      if (id !== undefined)
        throw new TransactionMisused(`Opportunity ${id} was written, and no event of it was appended afterwards.`);
      return result;
    } finally {
      this.hasEnded = true;
    }
  }

  private guarded(): Transaction {
    const { opportunities, outbox, idempotencyKeys } = this.ports;
    return {
      opportunities: {
        add: (opportunity) =>
          this.call(async () => {
            this.withoutEvent.add(opportunity.id);
            await opportunities.add(opportunity);
            this.known.add(opportunity);
          }),
        get: (id) =>
          this.call(async () => {
            const opportunity = await opportunities.get(id);
            if (opportunity) this.known.add(opportunity);
            return opportunity;
          }),
        save: (opportunity) =>
          this.call(async () => {
            if (!this.known.has(opportunity))
              throw new TransactionMisused('This object came neither from get() nor from add() of this transaction.');
            this.withoutEvent.add(opportunity.id);
            await opportunities.save(opportunity);
          }),
      },
      outbox: {
        append: (message) =>
          this.call(async () => {
            this.withoutEvent.delete(message.key);
            await outbox.append(message);
          }),
      },
      idempotencyKeys: {
        claim: (userId, retry) =>
          this.call(async () => {
            const earlier = await idempotencyKeys.claim(userId, retry);
            this.claims.add(nameOf(userId, retry));
            return earlier;
          }),
        remember: (userId, retry, response) =>
          this.call(async () => {
            if (!this.claims.has(nameOf(userId, retry)))
              throw new TransactionMisused('This transaction has not claimed the idempotency key for this request.');
            await idempotencyKeys.remember(userId, retry, response);
          }),
      },
    };
  }

  /** Makes a call, unless the block has ended or has not awaited the call before. */
  private call<T>(port: () => Promise<T>): Promise<T> {
    if (this.hasEnded) return Promise.reject(new TransactionMisused('The block of this transaction has ended.'));
    const call = this.isCalled ? this.overlapping() : port();
    this.isCalled = true;
    const settled = call.then(
      (result) => {
        this.isCalled = false;
        return result;
      },
      (error: unknown) => {
        this.isCalled = false;
        this.failure ??= { error };
        throw error;
      },
    );
    // Node must not end the process when the block does not await the call: run() reports the failure.
    settled.catch(() => undefined);
    return settled;
  }

  private overlapping(): Promise<never> {
    return Promise.reject(new TransactionMisused('A call began before the previous one had ended. Await every call.'));
  }
}

function nameOf(userId: string, { key, fingerprint }: Retry): string {
  return JSON.stringify([userId, key, fingerprint]);
}

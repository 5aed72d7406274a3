/** One fetch: the position after which it starts, and how often the mark had been lowered at its start. */
export type Scan = { readonly after: bigint; readonly lowered: number };

/**
 * The outbox position up to which all waiting messages are in flight and no further message can appear. A fetch starts
 * there. Without the mark, each fetch would step over all deleted rows while any transaction of the database holds an
 * older snapshot, because deleted rows cannot be vacuumed until then.
 *
 * Positions are drawn before the commit, so the mark may only pass positions whose transactions have ended. A transaction
 * that has drawn a position holds the table's lock to its end. So when all holders of the lock at the time when a position
 * was seen have released it, everything up to that position is visible or rolled back. Other transactions do not matter,
 * however long they take.
 */
export class LowWaterMark {
  private mark = 0n;
  private lowered = 0;
  private highestFetched = 0n;
  private settled = 0n;
  private settling: { readonly upTo: bigint; readonly writers: ReadonlySet<string> } | undefined;

  /** Begins a fetch. The result tells later whether the mark was lowered while the fetch ran. */
  begin(): Scan {
    return { after: this.mark, lowered: this.lowered };
  }

  /** @param writers the transactions that hold the table's lock now, after all fetches so far. */
  sawWriters(writers: readonly string[]): void {
    if (this.settling) {
      const { upTo, writers: before } = this.settling;
      this.settle(
        upTo,
        writers.filter((writer) => before.has(writer)),
      );
    }
    if (!this.settling && this.highestFetched > this.settled) this.settle(this.highestFetched, writers);
  }

  /** @param positions the ascending positions of a fetch that began after the writers were looked at. */
  fetched(scan: Scan, positions: readonly bigint[]): void {
    const last = positions.at(-1);
    if (last !== undefined && last > this.highestFetched) this.highestFetched = last;
    // The fetch did not see messages that were put back meanwhile.
    if (scan.lowered !== this.lowered || this.settled <= this.mark) return;
    this.mark = last !== undefined && last < this.settled ? last : this.settled;
  }

  /** Lowers the mark, because a message waits again. */
  putBack(position: bigint): void {
    this.lowered += 1;
    if (position <= this.mark) this.mark = position - 1n;
  }

  /** Starts from zero, because messages may wait at any position: buckets were taken, or parked messages came back. */
  reset(): void {
    this.lowered += 1;
    this.mark = 0n;
    this.settled = 0n;
    this.settling = undefined;
  }

  private settle(upTo: bigint, writers: readonly string[]): void {
    this.settling = writers.length > 0 ? { upTo, writers: new Set(writers) } : undefined;
    if (!this.settling) this.settled = upTo;
  }
}

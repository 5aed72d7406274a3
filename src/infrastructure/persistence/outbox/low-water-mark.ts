export type Scan = { readonly after: bigint; readonly lowered: number };

/**
 * The position at or below which no event waits that is not in flight, and none will come: a fetch starts there. Without
 * it each fetch would pass over all that was deleted for as long as anybody, anywhere in the database, holds an older
 * snapshot, since nothing can be vacuumed until then.
 *
 * Positions are drawn before commits, so a mark may only pass those whose transactions are over. Whoever has drawn one
 * holds the table's lock to the end of its transaction: once all who held it when a position was seen have let it go,
 * everything up to that position is visible or rolled back. Other transactions do not matter, however long they take.
 */
export class LowWaterMark {
  private mark = 0n;
  private lowered = 0;
  private highestFetched = 0n;
  private settled = 0n;
  private settling: { readonly upTo: bigint; readonly writers: ReadonlySet<string> } | undefined;

  /** Where a fetch starts, and what tells whether the mark was lowered while it ran. */
  begin(): Scan {
    return { after: this.mark, lowered: this.lowered };
  }

  /** @param writers the transactions that hold the table's lock now, after what was fetched so far. */
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

  /** @param positions what a fetch gave, ascending; it began after the writers were looked at. */
  fetched(scan: Scan, positions: readonly bigint[]): void {
    const last = positions.at(-1);
    if (last !== undefined && last > this.highestFetched) this.highestFetched = last;
    // It did not see what was put back meanwhile.
    if (scan.lowered !== this.lowered || this.settled <= this.mark) return;
    this.mark = last !== undefined && last < this.settled ? last : this.settled;
  }

  /** An event waits again. */
  putBack(position: bigint): void {
    this.lowered += 1;
    if (position <= this.mark) this.mark = position - 1n;
  }

  /** Anything may wait anywhere: buckets were taken, or events came back. */
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

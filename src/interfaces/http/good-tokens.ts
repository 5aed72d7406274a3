/** At most twice as many are remembered: about 8 MB. */
const ENOUGH = 10_000;

/**
 * Tokens that were good when they were last seen, at least the last 10,000 of them. To be here proves nothing: it only
 * makes a token worth verifying.
 */
export class GoodTokens {
  private recent = new Set<string>();
  private older = new Set<string>();

  has(token: string): boolean {
    return this.recent.has(token) || this.older.has(token);
  }

  add(token: string): void {
    if (this.recent.size >= ENOUGH) {
      this.older = this.recent;
      this.recent = new Set();
    }
    this.recent.add(token);
  }

  remove(token: string): void {
    this.recent.delete(token);
    this.older.delete(token);
  }
}

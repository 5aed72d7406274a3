import type { IdGenerator } from '#application/ports/system/id-generator';

/** Generates UUIDv7s that a reader can tell apart. */
export class SequentialIds implements IdGenerator {
  private last = 0;

  next(): string {
    this.last += 1;
    return `01900000-0000-7000-9000-${this.last.toString(16).padStart(12, '0')}`;
  }
}

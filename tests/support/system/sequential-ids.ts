import type { IdGenerator } from '#application/ports/system/id-generator';

/** Generates UUIDv7s that a reader can tell apart. */
export class SequentialIds implements IdGenerator {
  private static generators = 0;
  private readonly generator: string;
  private last = 0;

  constructor() {
    SequentialIds.generators += 1;
    this.generator = SequentialIds.generators.toString(16).padStart(8, '0');
  }

  next(): string {
    this.last += 1;
    return `0190${this.generator.slice(0, 4)}-${this.generator.slice(4)}-7000-9000-${this.last.toString(16).padStart(12, '0')}`;
  }
}

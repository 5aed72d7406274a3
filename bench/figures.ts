export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = sorted.length % 2 === 0 ? [sorted[middle - 1], sorted[middle]] : [sorted[middle], sorted[middle]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** Formats the median with the smallest and the largest value. */
export function spread(values: readonly number[], digits: number): string {
  const [middle, low, high] = [median(values), Math.min(...values), Math.max(...values)];
  return `${middle.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

/** The smallest value that so many per cent of the values do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** The figures of each arm of a measurement, one per round. */
export class Rounds {
  private readonly figures = new Map<string, number[]>();

  add(arm: string, figure: number): void {
    const list = this.figures.get(arm);
    if (list) list.push(figure);
    else this.figures.set(arm, [figure]);
  }

  of(arm: string): readonly number[] {
    return this.figures.get(arm) ?? [];
  }

  /** Formats the median with the smallest and the largest figure; a dash when the arm was not measured. */
  spread(arm: string, digits = 0): string {
    const values = this.of(arm);
    return values.length > 0 ? spread(values, digits) : '–';
  }

  /** Formats the ratio of one arm to another, taken within each round. */
  ratio(arm: string, to: string): string {
    const others = this.of(to);
    const ratios = this.of(arm).map((figure, round) => figure / (others[round] ?? Number.NaN));
    return ratios.length > 0 && others.length > 0 ? spread(ratios, 2) : '–';
  }

  all(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.figures);
  }
}

/** Rotates the arms by one per round, so that each is first as often as the others. */
export function inTurn<T>(arms: readonly T[], round: number): T[] {
  const first = ((round % arms.length) + arms.length) % arms.length;
  return [...arms.slice(first), ...arms.slice(0, first)];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = sorted.length % 2 === 0 ? [sorted[middle - 1], sorted[middle]] : [sorted[middle], sorted[middle]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** The median, with the smallest and the largest. */
export function spread(values: readonly number[], digits: number): string {
  const [middle, low, high] = [median(values), Math.min(...values), Math.max(...values)];
  return `${middle.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

/** The smallest value that so many per cent of them do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** What each arm gave in each round. */
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

  /** The median with the smallest and the largest; a dash for what was not measured. */
  spread(arm: string, digits = 0): string {
    const values = this.of(arm);
    return values.length > 0 ? spread(values, digits) : '–';
  }

  /** Of one arm to another, within each round. */
  ratio(arm: string, to: string): string {
    const others = this.of(to);
    const ratios = this.of(arm).map((figure, round) => figure / (others[round] ?? Number.NaN));
    return ratios.length > 0 && others.length > 0 ? spread(ratios, 2) : '–';
  }

  all(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.figures);
  }
}

/** Each arm is first as often as the others. */
export function inTurn<T>(arms: readonly T[], round: number): T[] {
  const first = round % arms.length;
  return [...arms.slice(first), ...arms.slice(0, first)];
}

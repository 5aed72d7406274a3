const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;

/** Milliseconds to wait before the next attempt. They double with each failure in a row, up to a limit. */
export function retryDelay(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
}

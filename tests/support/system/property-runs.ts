/** A quick run tries a quarter of the random cases. The script test:deep tries all of them. */
const SHARE = process.env['PROPERTY_RUNS'] === 'all' ? 1 : 1 / 4;

/** Returns how many random cases a property tries in this run. @param all the number of cases in a deep run */
export function propertyRuns(all: number): number {
  return Math.ceil(all * SHARE);
}

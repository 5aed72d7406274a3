/**
 * When events are meant to happen, in milliseconds from the beginning: a Poisson process, as independent users make one.
 * Nobody waits for the event before, so that a slow answer does not put off those that follow (no coordinated omission).
 * @param random from 0 to below 1.
 */
export function poissonSchedule(perSecond: number, seconds: number, random: () => number): number[] {
  const instants: number[] = [];
  for (let at = gap(); at < seconds * 1000; at += gap()) instants.push(at);
  return instants;

  function gap(): number {
    return (-Math.log(1 - random()) * 1000) / perSecond;
  }
}

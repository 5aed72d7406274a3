/** Something that runs or is open, with the name by which a log line calls it. */
export type Part = {
  readonly name: string;
  stop(): unknown;
};

/**
 * Stops a process in stages: a stage begins when every part of the stage before has stopped or failed. The parts of one
 * stage stop at the same time, so that a slow one takes no time from the others, and a failure keeps no other part open.
 * @param stages functions, because the parts of a later stage may change until it begins.
 * @throws the error of the part that failed; AggregateError when several failed; Error when the limit has passed.
 */
export async function stopInStages(stages: readonly (() => readonly Part[])[], limitMs: number): Promise<void> {
  const running = new Set<string>();
  const failures: unknown[] = [];
  const stopOne = async (part: Part) => {
    running.add(part.name);
    try {
      await part.stop();
    } catch (error) {
      failures.push(error);
    }
    running.delete(part.name);
  };
  const stopAll = async () => {
    for (const stage of stages) await Promise.all(stage().map(stopOne));
  };
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new Error(`not everything stopped within ${limitMs} ms: ${[...running].join(', ')}`);
    reject(Object.assign(error, { code: 'ETIMEDOUT' }));
  }, limitMs);
  try {
    await Promise.race([stopAll(), late]);
  } finally {
    clearTimeout(timer);
  }
  if (failures.length > 1)
    throw new AggregateError(failures, `${failures.length} parts failed to stop: ${failures.map(String).join('; ')}`);
  if (failures.length > 0) throw failures[0];
}

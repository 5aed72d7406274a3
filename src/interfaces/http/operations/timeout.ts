/** Milliseconds after which a part that has not answered counts as down; probes usually wait for one second or more. */
const PATIENCE_MS = 2000;

/** The answer, or undefined when there is none in time. */
export async function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined);
  });
  try {
    return await Promise.race([answer.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}

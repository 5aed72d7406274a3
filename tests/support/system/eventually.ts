/** Waits until the probe returns a value. @throws the last error of the probe, or an error that says that there was no value */
export async function eventually<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  milliseconds = 8000,
): Promise<T> {
  const deadline = performance.now() + milliseconds;
  let failure: unknown = new Error('nothing came');
  while (performance.now() < deadline) {
    try {
      const result = await probe();
      if (result !== undefined) return result;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not within ${milliseconds} ms: ${String(failure)}`, { cause: failure });
}

import { LookFailed } from '#application/ports/diagnosis';

/** Milliseconds for each look; all are taken at the same time. */
export const PATIENCE_MS = 5000;

/** @throws LookFailed when the work is late, or fails in a way that no port names. */
export async function inTime<T>(work: Promise<T>, milliseconds = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new LookFailed('ETIMEDOUT'));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw error instanceof LookFailed ? error : new LookFailed('UNKNOWN');
  } finally {
    clearTimeout(timer);
  }
}

import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { runKept } from '../processes/kept-process.ts';
import { commandLineOf } from '../processes/process-info.ts';
import { fetchKafkaImage } from './kafka-container.ts';
import { findKafkaRuntime, hasKafkaJars, POM } from './kafka-runtime.ts';

const GOAL = 'dependency:copy-dependencies';
const STOP_MS = 5_000;

/**
 * Fetches Kafka, unless it is there: its jars if Java runs the broker, or its image if Docker runs the broker.
 * @param dir the folder of the jars.
 * @param onProgress receives the number of files so far. It is not called when nothing has to be fetched.
 * @throws Error with one line that says what is missing or what went wrong.
 */
export async function fetchKafka(dir: string, onProgress: (files: number) => void): Promise<void> {
  const runtime = await findKafkaRuntime(dir);
  if ('missing' in runtime) throw new Error(runtime.missing);
  if (runtime.kind === 'java') await fetchJars(dir, onProgress);
  else await fetchKafkaImage(onProgress);
}

/**
 * Lets Maven copy the jars, about 43 MB, into a temporary folder beside `dir`, and renames it when it is complete. So an
 * interrupted fetch is never mistaken for a complete one, and two fetches at once do not disturb each other.
 */
async function fetchJars(dir: string, onProgress: (files: number) => void): Promise<void> {
  if (hasKafkaJars(dir)) return;
  const whole = resolve(dir);
  removeLeftovers(whole);
  const partial = `${whole}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });

  let files = 0;
  let complaint: string | undefined;
  const { code } = await runKept(
    {
      // Some versions of Maven print escape sequences on standard error, which would reach the terminal.
      command: 'sh',
      args: ['-c', 'exec mvn "$@" 2>&1', 'mvn', '-B', '-f', POM, GOAL, `-DoutputDirectory=${partial}`],
      stopSignal: 'SIGTERM',
      graceMs: STOP_MS,
      removeFolder: partial,
    },
    (line) => {
      if (line.includes('[ERROR]')) complaint ??= line;
      if (line.includes('Downloaded')) onProgress(++files);
    },
  );
  if (code !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new Error(`Maven could not fetch Kafka (it needs the network, once): ${complaint ?? 'it printed no error'}`);
  }
  cpSync(POM, join(partial, 'pom.xml'));
  if (hasKafkaJars(whole)) {
    rmSync(partial, { recursive: true, force: true });
    return;
  }
  // The old folder holds other versions, because pom.xml has changed since.
  rmSync(whole, { recursive: true, force: true });
  renameSync(partial, whole);
}

/** Removes the temporary folders that interrupted fetches have left behind. */
function removeLeftovers(whole: string): void {
  const parent = dirname(whole);
  if (!existsSync(parent)) return;
  const prefix = `${basename(whole)}.partial-`;
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix) && commandLineOf(Number(name.slice(prefix.length))) === undefined) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
}

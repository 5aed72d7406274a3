import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The program that can run a broker on this machine. */
export type KafkaRuntime = { readonly kind: 'java'; readonly java: string } | { readonly kind: 'docker' };

/** The file that names Kafka's jars and their versions. A complete folder of jars holds a copy of it. */
export const POM = fileURLToPath(new URL('./pom.xml', import.meta.url));

/** The oldest Java that Kafka 4's broker runs on. */
const OLDEST_JAVA = 17;
/** Milliseconds within which a program has to tell its version. A Docker engine on another machine may never respond. */
const ANSWER_MS = 10_000;

const run = promisify(execFile);

/**
 * Looks for Java, with Kafka's jars or with Maven to fetch them, and otherwise for a Docker engine.
 * @param libs the folder of Kafka's jars, which need not exist.
 * @returns the runtime, or one line that says what is missing.
 */
export async function findKafkaRuntime(libs: string): Promise<KafkaRuntime | { readonly missing: string }> {
  const java = javaCommand();
  const version = await javaVersion(java);
  const hasJava = version !== undefined && version >= OLDEST_JAVA;
  const hasJars = hasKafkaJars(libs) || (await answers('mvn', ['-version']));
  if (hasJava && hasJars) return { kind: 'java', java };
  if (await answers('docker', ['info', '--format', '{{.ServerVersion}}'])) return { kind: 'docker' };

  const wanted: string[] = [];
  if (!hasJava)
    wanted.push(`Java ${OLDEST_JAVA} or newer (found: ${version === undefined ? 'none' : String(version)})`);
  if (!hasJars) wanted.push("Maven, once, to fetch Kafka's jars (found: none)");
  return { missing: `Kafka needs ${wanted.join(' and ')}, or a running Docker engine instead (found: none).` };
}

/** Whether a folder holds all of Kafka's jars in the versions of pom.xml. */
export function hasKafkaJars(libs: string): boolean {
  const copy = join(libs, 'pom.xml');
  return existsSync(copy) && readFileSync(copy, 'utf8') === readFileSync(POM, 'utf8');
}

/**
 * Says in one line what this machine lacks to run a broker; undefined when it lacks nothing.
 * @param libs the folder of Kafka's jars, which need not exist.
 */
export async function missingForKafka(libs: string): Promise<string | undefined> {
  const found = await findKafkaRuntime(libs);
  return 'missing' in found ? found.missing : undefined;
}

function javaCommand(): string {
  const home = process.env['JAVA_HOME'];
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** The feature release of Java, e.g. 17; undefined when there is no Java. */
async function javaVersion(java: string): Promise<number | undefined> {
  try {
    const { stderr, stdout } = await run(java, ['-version'], { timeout: ANSWER_MS });
    // "1.8.0_452" is Java 8, "17.0.15" is Java 17.
    const version = /version "(?:1\.)?(\d+)/.exec(stderr + stdout)?.[1];
    return version === undefined ? undefined : Number(version);
  } catch {
    return undefined;
  }
}

async function answers(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const { stdout } = await run(command, args, { timeout: ANSWER_MS });
    return stdout.trim() !== '';
  } catch {
    return false;
  }
}

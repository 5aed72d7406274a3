import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runKept } from '../processes/kept-process.ts';
import { freePort, LOOPBACK } from '../processes/ports.ts';
import { brokerSettings, CLUSTER_ID, type KafkaOptions, type KafkaProgram } from './kafka-settings.ts';

const FORMAT_STOP_MS = 2_000;

export const QUICK_START: readonly string[] = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const LOGGING: readonly string[] = [
  '-Dorg.slf4j.simpleLogger.logFile=System.out',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  // Without this line Kafka logs its whole configuration several times.
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn',
];

/** The file of Kafka's loaded classes, in the format of the JVM: class-archive.ts. A broker also starts without it. */
export function classArchive(libs: string): string {
  return join(resolve(libs), 'classes.jsa');
}

/**
 * Prepares a broker's folder and tells how to run the broker in it.
 * @param options `dir` and `logFile` have to be absolute.
 * @throws Error when the data folder cannot be formatted.
 */
export async function kafkaInJava(
  java: string,
  options: KafkaOptions & { readonly port: number; readonly logFile: string },
): Promise<KafkaProgram> {
  const { dir, port } = options;
  const archive = classArchive(options.libs);
  const quickStart = existsSync(archive) ? [...QUICK_START, `-XX:SharedArchiveFile=${archive}`] : QUICK_START;
  const javaArgs = [...(options.jvm ?? quickStart), ...LOGGING, '-cp', join(resolve(options.libs), '*')];
  const writeProperties = (settings: Readonly<Record<string, string>>): void => {
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(dir, 'server.properties'), lines.join(''));
  };
  // The data folder is relative to the broker's folder, because a properties file would need an absolute path escaped.
  const where = { listenOn: LOOPBACK, port, controllerPort: await freePort(), dataDir: 'data' };
  const settings = { ...brokerSettings(where), ...options.settings };

  if (!existsSync(join(dir, 'data'))) {
    // The folder gets its name only when it is formatted, so that an interrupted start is not mistaken for a complete one.
    const partial = 'data.partial';
    rmSync(join(dir, partial), { recursive: true, force: true });
    writeProperties({ ...settings, 'log.dirs': partial });
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', 'server.properties'];
    const { code } = await runKept({
      command: java,
      args: [...javaArgs, ...format],
      cwd: dir,
      logFile: options.logFile,
      stopSignal: 'SIGTERM',
      graceMs: FORMAT_STOP_MS,
      ...(options.removeOnStop === true ? { removeFolder: dir } : {}),
    });
    if (code !== 0) throw new Error(`Kafka's data folder cannot be formatted: see ${options.logFile}`);
    renameSync(join(dir, partial), join(dir, 'data'));
  }
  writeProperties(settings);
  return { command: java, args: [...javaArgs, 'kafka.Kafka', 'server.properties'], cwd: dir };
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { runKept } from '../processes/kept-process.ts';
import { LOOPBACK } from '../processes/ports.ts';
import { brokerSettings, CLUSTER_ID, type KafkaProgram } from './kafka-settings.ts';

const IMAGE = 'apache/kafka:4.1.1';
const PULL_STOP_MS = 5_000;
const DATA = '/var/lib/kafka/data';

/** Pulls the broker's image, unless Docker has it. @param onProgress receives the number of lines that Docker has printed. */
export async function fetchKafkaImage(onProgress: (steps: number) => void): Promise<void> {
  if (spawnSync('docker', ['image', 'inspect', IMAGE], { stdio: 'ignore' }).status === 0) return;
  let steps = 0;
  const pull = { command: 'docker', args: ['pull', IMAGE], stopSignal: 'SIGTERM', graceMs: PULL_STOP_MS } as const;
  const { code } = await runKept(pull, () => {
    onProgress(++steps);
  });
  if (code !== 0) throw new Error(`Docker could not pull ${IMAGE}.`);
}

/**
 * Tells how to run the broker in a container. Container and volume are named after `dir`, so that two checkouts do not
 * share them.
 * @param options `dir` has to be absolute. `removeOnStop` removes the volume, too.
 */
export function kafkaInContainer(options: {
  readonly dir: string;
  readonly port: number;
  readonly removeOnStop: boolean;
}): KafkaProgram {
  const name = `opportunities-kafka-${createHash('sha256').update(options.dir).digest('hex').slice(0, 12)}`;
  // Only the broker itself uses the controller's port.
  const controllerPort = options.port === 9093 ? 9094 : 9093;
  // The broker listens on all addresses of the container. Docker publishes its port on the loopback address only.
  const where = { listenOn: '', port: options.port, controllerPort, dataDir: DATA };
  const settings = Object.entries(brokerSettings(where)).map(([setting, value]) => [variable(setting), value]);
  const environment = [['CLUSTER_ID', CLUSTER_ID], ['KAFKA_HEAP_OPTS', '-Xmx512m'], ...settings];
  // A Docker client that was killed leaves its container behind, which would block the name.
  spawnSync('docker', ['rm', '--force', name], { stdio: 'ignore' });
  return {
    command: 'docker',
    args: [
      ...['run', '--rm', '--name', name, '--volume', `${name}:${DATA}`],
      ...['--publish', `${LOOPBACK}:${options.port}:${options.port}`],
      ...environment.flatMap((pair) => ['--env', pair.join('=')]),
      IMAGE,
    ],
    afterwards: ['sh', '-c', removal(name, options.removeOnStop)],
    kill: (signal) => {
      spawnSync('docker', ['kill', '--signal', signal, name], { stdio: 'ignore' });
    },
  };
}

/** The environment variable from which the image takes a setting, e.g. `KAFKA_NODE_ID` for `node.id`. */
function variable(setting: string): string {
  return `KAFKA_${setting.replaceAll('.', '_').toUpperCase()}`;
}

function removal(name: string, withData: boolean): string {
  const container = `docker rm --force ${name}`;
  return withData ? `${container}; docker volume rm --force ${name}` : container;
}

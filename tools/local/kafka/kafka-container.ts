import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { brokerSettings, CLUSTER_ID } from './kafka-settings.ts';
import type { KafkaProgram } from './kafka-program.ts';
import { runKept } from '../processes/kept-process.ts';
import { LOOPBACK } from '../processes/ports.ts';

const IMAGE = 'apache/kafka:4.1.1';
const PULL_STOP_MS = 5_000;
const DATA = '/var/lib/kafka/data';

/** Pulls the broker's image, unless it is there. @param onProgress told how many steps Docker has told of. */
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
 * How to run the broker in a container. Its data is in a volume of its own, both named after `dir`, so that two
 * checkouts do not meet.
 * @param options `dir` is absolute; `removeOnStop` removes the volume, too.
 */
export function kafkaInContainer(options: {
  readonly dir: string;
  readonly port: number;
  readonly removeOnStop: boolean;
}): KafkaProgram {
  const name = `opportunities-kafka-${createHash('sha256').update(options.dir).digest('hex').slice(0, 12)}`;
  // Nobody but the broker itself uses the controller's port.
  const controllerPort = options.port === 9093 ? 9094 : 9093;
  // Within the container on all addresses; outside, the port is published on the loopback address only.
  const where = { listenOn: '', port: options.port, controllerPort, dataDir: DATA };
  const settings = Object.entries(brokerSettings(where)).map(([setting, value]) => [variable(setting), value]);
  const environment = [['CLUSTER_ID', CLUSTER_ID], ['KAFKA_HEAP_OPTS', '-Xmx512m'], ...settings];
  // A client that was killed leaves its container behind: an earlier one of this name has to go first.
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

/** The image takes `node.id` from `KAFKA_NODE_ID`. */
function variable(setting: string): string {
  return `KAFKA_${setting.replaceAll('.', '_').toUpperCase()}`;
}

function removal(name: string, withData: boolean): string {
  const container = `docker rm --force ${name}`;
  return withData ? `${container}; docker volume rm --force ${name}` : container;
}

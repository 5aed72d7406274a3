import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopic } from '../../tools/local/kafka/kafka-admin.ts';
import { startKafka } from '../../tools/local/kafka/kafka.ts';
import { startPostgres } from '../../tools/local/postgres/postgres.ts';
import { kafkaLibs } from '../../tools/local/settings.ts';
import { killAll, spawnService } from '../../tests/support/servers/service-process.ts';

/**
 * Counts how often an idle service wakes up, in every role and with both Kafka clients, with a broker, without one, and
 * with one that does not respond. Linux alone counts wake-ups: voluntary context switches of all threads of the process.
 */
const SECONDS = Number(process.argv[2] ?? 10);
const TOPIC = 'opportunities.events.v1';

const folder = (name: string) => mkdtempSync(join(tmpdir(), `opportunities-idle-${name}-`));
const postgres = await startPostgres({ dir: folder('postgres'), database: 'bench', removeOnStop: true });
const kafka = await startKafka({ dir: folder('kafka'), libs: kafkaLibs('.local'), removeOnStop: true });
await createTopic(kafka.brokers, TOPIC);

type Sample = { readonly wakes: number; readonly cpuMs: number };

function sample(pid: number): Sample {
  let wakes = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    wakes += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  // Fields 14 and 15 of proc(5) stat, in ticks of 10 ms, counted behind the name, which may contain blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return { wakes, cpuMs: (Number(fields[11]) + Number(fields[12])) * 10 };
}

const brokers = { 'with a broker': kafka.brokers, 'nobody listens': '127.0.0.1:1', 'no broker set': '' };
console.log(`Wake-ups and processor time of an idle service, over ${SECONDS} s`);
try {
  for (const role of ['all', 'api', 'relay'])
    for (const client of ['kafkajs', 'platformatic'])
      for (const [name, address] of Object.entries(brokers)) {
        if (role === 'relay' && address === '') continue;
        const service = await spawnService({
          DATABASE_URL: postgres.url,
          ROLE: role,
          KAFKA_CLIENT: client,
          ...(address && { KAFKA_BROKERS: address }),
        });
        // The start, its migrations and the first attempts to connect are over by then.
        await sleep(6000);
        const before = sample(service.pid);
        await sleep(SECONDS * 1000);
        const after = sample(service.pid);
        const wakes = Math.round((after.wakes - before.wakes) / SECONDS);
        const share = ((after.cpuMs - before.cpuMs) / (SECONDS * 10)).toFixed(1);
        console.log(
          `${role.padEnd(6)} ${client.padEnd(13)} ${name.padEnd(15)} ${wakes} wake-ups/s  ${share} % of a core`,
        );
        service.kill('SIGTERM');
        await service.exited;
      }
} finally {
  killAll();
  await Promise.all([postgres.stop(), kafka.stop()]);
}

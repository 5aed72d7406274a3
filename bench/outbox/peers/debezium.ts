import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KeptProcess, runKept } from '../../../tools/local/processes/kept-process.ts';
import { freePort, LOOPBACK } from '../../../tools/local/processes/ports.ts';
import { query } from '../../databases.ts';
import { fillTable, MANY_KEYS } from '../records.ts';
import { residentMiB } from '../servers/relay.ts';
import { createTable, DEBEZIUM_HEADERS, type DebeziumTable, insertInto } from './debezium-table.ts';
import type { PreparePeer } from './peer.ts';

const POM = fileURLToPath(new URL('./debezium-pom.xml', import.meta.url));
const READY_MS = 90_000;
const STOP_MS = 15_000;
/** The flags of connect-standalone.sh. */
const JVM = ['-Xms256M', '-Xmx2G', '-XX:+UseG1GC'];
const LOGGING = ['-Dorg.slf4j.simpleLogger.logFile=System.out'];

function fillFrom(table: DebeziumTable): string {
  const headers = DEBEZIUM_HEADERS[table].map(([, name]) => `, headers->>'${name}'`);
  return `${insertInto(table)}
    SELECT id::uuid, 'opportunity', key, payload${headers.join('')} FROM events ORDER BY number`;
}

/** Debezium's outbox event router in Kafka Connect. */
export function debezium(name: string, table: DebeziumTable): PreparePeer {
  return async (servers) => {
    const database = await servers.database();
    await query(database, createTable(table));
    const libs = await fetchJars();
    const folder = mkdtempSync(join(tmpdir(), 'opportunities-bench-debezium-'));
    process.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
    });
    let starts = 0;
    return {
      name,
      share: 1,
      database,
      writes: table,
      fill: (events) => fillTable(database, fillFrom(table), events, MANY_KEYS),
      clean: async () => {
        await query(database, `TRUNCATE ${table}`);
      },
      start: async () => {
        starts += 1;
        const port = await freePort();
        const logFile = join(folder, `connect-${starts}.log`);
        const properties = (name: string, settings: Readonly<Record<string, string>>) => {
          const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
          writeFileSync(join(folder, name), lines.join(''));
          return name;
        };
        const files = [
          properties('worker.properties', worker(servers.kafka.brokers, port)),
          properties('connector.properties', connector(database, table, servers.topic.name)),
        ];
        const kept = await KeptProcess.start({
          command: 'java',
          args: [
            ...JVM,
            ...LOGGING,
            '-cp',
            join(libs, '*'),
            'org.apache.kafka.connect.cli.ConnectStandalone',
            ...files,
          ],
          cwd: folder,
          logFile,
          stopSignal: 'SIGTERM',
          graceMs: STOP_MS,
        });
        await waitUntilRunning(`http://${LOOPBACK}:${port}/connectors/outbox/status`, kept, logFile);
        return { residentMiB: () => residentMiB(kept.pid), stop: () => kept.stop() };
      },
    };
  };
}

function worker(brokers: string, port: number) {
  return {
    'bootstrap.servers': brokers,
    listeners: `http://${LOOPBACK}:${port}`,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'offset.storage.file.filename': 'offsets',
    'offset.flush.interval.ms': '1000',
  };
}

function connector(database: string, table: DebeziumTable, topic: string) {
  const { hostname, port, username, pathname } = new URL(database);
  return {
    name: 'outbox',
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'plugin.name': 'pgoutput',
    'database.hostname': hostname,
    'database.port': port,
    'database.user': username,
    'database.password': 'none',
    'database.dbname': pathname.slice(1),
    'topic.prefix': 'debezium',
    'table.include.list': `public.${table}`,
    // Slots of all databases share one namespace, so the table's name makes this one unique.
    'slot.name': table,
    'publication.autocreate.mode': 'filtered',
    'snapshot.mode': 'no_data',
    'tombstones.on.delete': 'false',
    // With the default of 500 ms, single events would wait for the next poll.
    'poll.interval.ms': '5',
    transforms: 'outbox',
    'transforms.outbox.type': 'io.debezium.transforms.outbox.EventRouter',
    'transforms.outbox.route.topic.replacement': topic,
    'transforms.outbox.table.fields.additional.placement': DEBEZIUM_HEADERS[table]
      .map((names) => names.join(':header:'))
      .join(','),
  };
}

async function fetchJars(): Promise<string> {
  const whole = resolve(process.env['LOCAL_DIR'] ?? '.local', 'debezium-libs');
  const copy = join(whole, 'pom.xml');
  if (existsSync(copy) && readFileSync(copy, 'utf8') === readFileSync(POM, 'utf8')) return whole;
  mkdirSync(whole, { recursive: true });
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${whole}`];
  const logFile = join(whole, 'maven.log');
  const { code } = await runKept({
    command: 'mvn',
    args: ['-B', '-f', POM, ...goal],
    logFile,
    stopSignal: 'SIGTERM',
    graceMs: STOP_MS,
  });
  if (code !== 0) throw new Error(`Maven could not fetch Debezium: see ${logFile}`);
  writeFileSync(copy, readFileSync(POM));
  return whole;
}

async function waitUntilRunning(status: string, kept: KeptProcess, logFile: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const text = await fetch(status).then(
      (response) => response.text(),
      () => '',
    );
    // The status names two states: the connector's and its task's.
    if (text.split('"RUNNING"').length === 3) return;
    if (!kept.running || performance.now() > deadline || text.includes('FAILED')) {
      const log = readFileSync(logFile, 'utf8');
      await kept.stop();
      throw new Error(`Debezium does not start: ${text}\n${log.slice(-5000)}`);
    }
    await sleep(200);
  }
}

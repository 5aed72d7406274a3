import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runKept } from '../../../tools/local/processes/kept-process.ts';
import { query } from '../../databases.ts';
import { Child } from '../processes/child.ts';
import { fillTable, MANY_KEYS } from '../records.ts';
import { residentMiB } from '../servers/relay.ts';
import type { PreparePeer } from './peer.ts';

type Setup = {
  DatabaseSetup: Record<
    'dropAndCreateTable' | 'createPollingFunction' | 'setupPollingIndexes',
    (config: object) => string
  >;
};

const WANTED = { 'pg-transactional-outbox': '0.5.7' };
const TABLE = 'outbox_pg_transactional';
const FILL = `INSERT INTO ${TABLE} (id, aggregate_type, aggregate_id, message_type, segment, payload, metadata)
  SELECT id::uuid, 'opportunity', key, headers->>'ce_type', key, payload::jsonb, headers FROM events ORDER BY number`;

/** Prepares pg-transactional-outbox with a segment for each key, so that it keeps the order of a key as the service does. */
export const pgTransactionalOutbox: PreparePeer = async (servers) => {
  const database = await servers.database();
  const folder = await install();
  const { DatabaseSetup: setup } = createRequire(join(folder, 'package.json'))('pg-transactional-outbox') as Setup;
  const config = { outboxOrInbox: 'outbox', schema: 'public', table: TABLE, nextMessagesName: 'next_outbox_messages' };
  for (const sql of [setup.dropAndCreateTable, setup.createPollingFunction, setup.setupPollingIndexes])
    await query(database, sql(config));
  const kafka = { client: 'kafkajs', brokers: [servers.kafka.brokers], topic: servers.topic.name, ssl: false };
  return {
    name: 'pg-transactional-outbox',
    share: 1 / 50,
    database,
    writes: 'outbox_pg_transactional',
    fill: (events) => fillTable(database, FILL, events, MANY_KEYS),
    clean: async () => {
      while ((await query(database, `SELECT FROM ${TABLE} WHERE processed_at IS NULL LIMIT 1`)).length > 0)
        await sleep(100);
      await query(database, `TRUNCATE ${TABLE}`);
    },
    start: async () => {
      const child = new Child<'started', boolean>('peers/pg-transactional-outbox-process.ts', {
        folder,
        database,
        kafka,
      });
      await child.ask('started');
      return { residentMiB: () => residentMiB(child.pid), stop: () => child.stop() };
    },
  };
};

/** Installs the package into a folder of its own, and not among the project's packages. */
async function install(): Promise<string> {
  const folder = resolve(process.env['LOCAL_DIR'] ?? '.local', 'pg-transactional-outbox');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: WANTED }));
  if (existsSync(join(folder, 'node_modules', 'pg-transactional-outbox'))) return folder;
  const { code } = await runKept({
    command: 'npm',
    args: ['install', '--ignore-scripts', '--no-package-lock'],
    cwd: folder,
    logFile: join(folder, 'npm.log'),
    stopSignal: 'SIGTERM',
    graceMs: 5000,
  });
  if (code !== 0) throw new Error(`npm could not fetch pg-transactional-outbox: see ${join(folder, 'npm.log')}`);
  return folder;
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { query } from '../http/databases.ts';
import type { Circumstances } from './report.ts';
import type { Scale } from './section.ts';
import type { Stage } from './servers/benchmark-servers.ts';

/** Where and when a run takes place. Not on which machine: that is nobody's business. */
export async function circumstances(stage: Stage, { rounds, events }: Scale): Promise<Circumstances> {
  const [row] = await query<{ version: string }>(
    stage.postgres.url,
    `SELECT current_setting('server_version') AS version`,
  );
  const kafka = /Kafka version: ([\d.]+)/.exec(readFileSync(stage.kafka.logFile, 'utf8'))?.[1] ?? 'of a container';
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', 'src') === '' ? '' : ' with changes';
  return {
    date: new Date().toISOString().slice(0, 10),
    // Of what is measured, not of what measures it.
    commit: git('log', '-1', '--format=%h', '--', 'src') + changed,
    machine: `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    versions: `Node ${process.versions.node}, PostgreSQL ${row?.version ?? ''}, Kafka ${kafka}`,
    rounds,
    events,
  };
}

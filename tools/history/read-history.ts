import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { FaultWindow, History, TopicRecord, Write } from './history.ts';

const instant = z.number().nonnegative();
const headers = z.record(z.string(), z.string());

const WRITE = z.strictObject({
  key: z.string(),
  sequence: z.int().positive(),
  outcome: z.enum(['committed', 'rolled back', 'unknown']),
  id: z.string().optional(),
  transaction: z.string().optional(),
  value: z.string().nullable().optional(),
  headers: headers.optional(),
}) satisfies z.ZodType<Write>;

const FAULT = z
  .strictObject({
    fault: z.string(),
    from: instant,
    to: instant,
    stragglers: z.boolean().optional(),
    partitionsChanged: z.boolean().optional(),
  })
  .refine(({ from, to }) => from <= to, 'ends before it begins') satisfies z.ZodType<FaultWindow>;

/** Sequence and id may come from the CloudEvents headers. A record without a sequence counts as a record that no writer wrote. */
const RECORD = z
  .object({
    partition: z.int().nonnegative(),
    offset: z.int().nonnegative(),
    timestamp: instant,
    key: z.string().nullable(),
    sequence: z.int().nonnegative().optional(),
    id: z.string().optional(),
    value: z.string().nullable(),
    headers: headers.default({}),
  })
  .transform(({ key, sequence, id, ...record }): TopicRecord => ({
    ...record,
    key: key ?? '',
    sequence: sequence ?? sequenceIn(record.headers),
    id: id ?? record.headers['ce_id'],
  }));

/** A file does not have the format of docs/proof/history-checker.md. */
export class UnreadableHistory extends Error {
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}`);
    this.name = 'UnreadableHistory';
  }
}

/**
 * Reads the two files, in which each line is JSON. Empty lines are ignored.
 * @throws UnreadableHistory; Error when a file cannot be opened.
 */
export async function readHistory(writersFile: string, topicFile: string): Promise<History> {
  const writes = new Map<string, Write>();
  const faults: FaultWindow[] = [];
  const records: TopicRecord[] = [];
  const places = new Set<string>();

  await eachLine(writersFile, (json) => {
    if (isFault(json)) faults.push(FAULT.parse(json));
    else {
      const write = WRITE.parse(json);
      // A later line about the same event replaces the earlier one: the writer knew the outcome only then.
      writes.set(JSON.stringify([write.key, write.sequence, write.id ?? writes.size]), write);
    }
  });
  await eachLine(topicFile, (json) => {
    const record = RECORD.parse(json);
    const place = `${record.partition}:${record.offset}`;
    if (places.has(place)) throw new Error(`${place} is there twice: the topic was read twice`);
    places.add(place);
    records.push(record);
  });
  return { writes: [...writes.values()], faults, records };
}

function isFault(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'fault' in json;
}

/** The number in the header ce_sequence; 0 when there is none. */
export function sequenceIn(given: Readonly<Record<string, string>>): number {
  const text = given['ce_sequence'] ?? '';
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0;
}

async function eachLine(file: string, take: (json: unknown) => void): Promise<void> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      take(JSON.parse(line));
    } catch (error) {
      throw new UnreadableHistory(file, number, problemIn(error));
    }
  }
}

function problemIn(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ');
  return error instanceof Error ? error.message : String(error);
}

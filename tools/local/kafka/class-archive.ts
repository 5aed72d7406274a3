import { existsSync, mkdtempSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classArchive, QUICK_START } from './kafka-java.ts';
import { findKafkaRuntime } from './kafka-runtime.ts';
import { startKafka } from './kafka.ts';

/**
 * Writes Kafka's loaded classes beside its jars, unless they are there. Every later broker starts with them and needs
 * 3 seconds of computing time instead of 5. The tests start many brokers, so they make the archive; it takes 10 seconds.
 */
export async function archiveKafkaClasses(libs: string): Promise<void> {
  const archive = classArchive(libs);
  const runtime = await findKafkaRuntime(libs);
  if (existsSync(archive) || 'missing' in runtime || runtime.kind !== 'java') return;
  const partial = `${archive}.partial-${process.pid}`;
  const broker = await startKafka({
    dir: mkdtempSync(join(tmpdir(), 'opportunities-class-archive-')),
    libs,
    removeOnStop: true,
    jvm: [...QUICK_START, `-XX:ArchiveClassesAtExit=${partial}`],
  });
  await broker.stop();
  // A very slow machine ends the broker before it has written the file. The next run tries again.
  if (existsSync(partial)) renameSync(partial, archive);
}

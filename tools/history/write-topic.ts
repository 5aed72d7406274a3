/** npm run history:topic -- host:port,… topic > topic.jsonl: prints all records of a topic for the history checker. */
import { readTopic } from './read-topic.ts';

const [brokers, topic, ...rest] = process.argv.slice(2);
if (brokers === undefined || topic === undefined || rest.length > 0) {
  console.error('usage: npm run history:topic -- host:port,… topic > topic.jsonl');
  process.exitCode = 2;
} else {
  try {
    for (const record of await readTopic(brokers, topic)) console.log(JSON.stringify(record));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

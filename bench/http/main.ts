/** npm run bench: measures the service beside a hand-written program and the bare database (docs/proof/benchmark.md). */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { signDjangoToken } from '../../tools/local/django-token.ts';
import { median, spread } from '../figures.ts';
import { Ceiling } from './database-ceiling.ts';
import { prepareDatabases, ROWS } from './databases.ts';
import { CONNECTIONS, type Figures, load } from './load.ts';
import { MEMBER, type Operation, requestsOf } from './requests.ts';
import { checkSameResponses } from './same-responses.ts';
import { JWT_SECRET, type Service, startHandWritten, startOurs } from './services.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, flat: { type: 'string', default: '0' } },
});
const ROUNDS = options.quick ? 3 : 7;
const SECONDS = options.quick ? 2 : 4;
const WARM_UP_SECONDS = 4;

type Measurement = Figures & { readonly residentMiB: number };

const databases = await prepareDatabases();
const token = signDjangoToken({ secret: JWT_SECRET, userId: MEMBER });
const requests = requestsOf(databases.ids);
const operations = Object.keys(requests) as Operation[];
const services = [await startOurs(databases.ours), await startHandWritten(databases.handWritten)] as const;
const [ours] = services;

// The reads come first, because a list would also show the posted opportunities.
await checkSameResponses(services, token, [...requests['GET list'], ...requests['GET one'], ...requests.POST]);
const ceiling = await Ceiling.of(databases.ceiling, databases.handWritten);
console.log(`${cpus().length} cores, Node ${process.versions.node}, ${ROWS} rows, ${CONNECTIONS} connections`);
await compare();
if (Number(options.flat) > 0) await stayFlat(Number(options.flat));
await Promise.all(services.map((service) => service.stop()));
await databases.server.stop();

/** Measures both programs in turn, so that other work of the machine affects both. Each is first as often as the other. */
async function compare(): Promise<void> {
  const measured = new Map<Operation, Record<Service['name'], Measurement[]>>();
  const pgbench: number[] = [];
  const nodePostgres: number[] = [];
  for (const operation of operations) {
    measured.set(operation, { ours: [], 'hand-written': [] });
    for (const service of services) await load(service.url, token, requests[operation], WARM_UP_SECONDS);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [operation, measurements] of measured)
      for (const service of round % 2 === 0 ? services : services.toReversed()) {
        const figures = await load(service.url, token, requests[operation], SECONDS);
        measurements[service.name].push({ ...figures, residentMiB: service.residentMiB() });
      }
    pgbench.push(...(await ceiling.pgbench(SECONDS)));
    nodePostgres.push(await ceiling.nodePostgres(SECONDS));
  }

  for (const [operation, { ours: our, 'hand-written': their }] of measured) {
    const ratios = our.map(({ perSecond }, round) => perSecond / (their[round]?.perSecond ?? Number.NaN));
    console.log(`\n${operation}: ${spread(ratios, 2)} of the hand-written program's requests per second`);
    for (const [name, measurements] of [
      ['ours', our],
      ['hand-written', their],
    ] as const)
      console.log(
        [
          `  ${name.padEnd(12)}`,
          `${spread(
            measurements.map(({ perSecond }) => perSecond),
            0,
          )} requests/s`,
          `p50 ${spread(
            measurements.map(({ p50 }) => p50),
            1,
          )} ms`,
          `p99 ${spread(
            measurements.map(({ p99 }) => p99),
            1,
          )} ms`,
          `${spread(
            measurements.map(({ residentMiB }) => residentMiB),
            0,
          )} MiB`,
        ].join('  '),
      );
  }
  const memory = (name: Service['name']) =>
    median([...measured.values()].flatMap((each) => each[name].map(({ residentMiB }) => residentMiB)));
  console.log(`\nmemory: ${(memory('ours') / memory('hand-written')).toFixed(2)} of the hand-written program's`);
  console.log('\nthe transaction of a POST without a service:');
  console.log(
    `  pgbench        ${pgbench.length > 0 ? `${spread(pgbench, 0)} per second` : 'not measured: pgbench is not on the PATH'}`,
  );
  console.log(`  node-postgres  ${spread(nodePostgres, 0)} per second`);
}

/** Sends all three requests in turn at half of the highest rate, and prints figures for each minute. */
async function stayFlat(minutes: number): Promise<void> {
  const mixed = requests['GET one'].flatMap((read) => [...requests.POST, read, ...requests['GET list']]);
  const { perSecond } = await load(ours.url, token, mixed, SECONDS * 3);
  const rate = Math.floor(perSecond / 2);
  console.log(`\nPOST, GET one, GET list in turn, ${rate} requests/s, which is half of the highest rate`);
  for (let minute = 1; minute <= minutes; minute += 1) {
    const { p50, p99 } = await load(ours.url, token, mixed, 60, rate);
    const figures = `p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  ${ours.residentMiB().toFixed(0)} MiB`;
    console.log(`  minute ${String(minute).padStart(2)}  ${figures}`);
  }
}

import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { SystemClock } from '#infrastructure/system/system-clock';
import { median } from '../figures.ts';
import { SECRET, tokensByKind } from './tokens.ts';

// How long it takes to accept or refuse a token, one after the other in one process: by jsonwebtoken alone and by
// the service. The rounds take turns, so that whatever else the machine does meets all alike.

const ROUNDS = 7;

const verifier = new SimpleJwtTokenVerifier(
  {
    algorithm: 'HS256',
    keys: { secret: SECRET, previousSecret: undefined },
    issuer: undefined,
    audience: undefined,
    leewaySeconds: 0,
    userIdClaim: 'user_id',
    tokenTypes: ['access'],
    maxLifetimeSeconds: 86_400,
  },
  new SystemClock(),
  { validAfter: () => undefined },
);
const key = createSecretKey(Buffer.from(SECRET));

type Check = (token: string) => unknown;
const WAYS: Record<string, Check> = {
  'jsonwebtoken, key object': (token) => jwt.verify(token, key, { algorithms: ['HS256'] }),
  'jsonwebtoken, string': (token) => jwt.verify(token, SECRET, { algorithms: ['HS256'] }),
  ours: (token) => verifier.verify(token),
};

const results: { kind: string; row: Record<string, string> }[] = [];
for (const [kind, tokens] of Object.entries(tokensByKind())) {
  const times = new Map<string, number[]>(Object.keys(WAYS).map((way) => [way, []]));
  for (let round = -3; round < ROUNDS; round += 1)
    for (const [way, check] of inTurn(Object.entries(WAYS), round)) {
      // The string takes so long that a tenth says enough.
      const sample = way === 'jsonwebtoken, string' ? tokens.slice(0, 100) : tokens;
      const microseconds = await timePerToken(check, sample);
      if (round >= 0) times.get(way)?.push(microseconds);
    }
  const medians = Object.fromEntries([...times].map(([way, list]) => [way, median(list)]));
  const ours = medians['ours'] ?? NaN;
  const bare = medians['jsonwebtoken, key object'] ?? NaN;
  results.push({
    kind,
    row: {
      ...Object.fromEntries(Object.entries(medians).map(([way, value]) => [way, value.toFixed(1)])),
      'ours to key object': (ours / bare).toFixed(2),
    },
  });
}

console.log(`Microseconds for one token, medians of ${ROUNDS} rounds of 1000 tokens, Node ${process.versions.node}`);
console.table(Object.fromEntries(results.map(({ kind, row }) => [kind, row])));
await timeInAFlood();

/** Of good tokens, each after nine bad ones that are not counted, and without those. */
async function timeInAFlood(): Promise<void> {
  const { 'a good token': good = [], ...bad } = tokensByKind();
  const flood = Object.values(bad).flat();
  const alone: number[] = [];
  const amidst: number[] = [];
  for (let round = -3; round < ROUNDS; round += 1) {
    const calm = await timeOfGood(good, []);
    const busy = await timeOfGood(good, flood);
    if (round < 0) continue;
    alone.push(calm);
    amidst.push(busy);
  }
  console.log(
    `A good token by ours: ${median(alone).toFixed(1)} µs alone, ${median(amidst).toFixed(1)} µs when each comes after nine bad ones of all kinds`,
  );
}

async function timeOfGood(good: readonly string[], flood: readonly string[]): Promise<number> {
  let total = 0;
  let next = 0;
  for (const token of good) {
    for (let bad = 0; flood.length > 0 && bad < 9; bad += 1) {
      next = (next + 997) % flood.length;
      await verifier.verify(flood[next] ?? '').catch(() => undefined);
    }
    const start = performance.now();
    await verifier.verify(token);
    total += performance.now() - start;
  }
  return (total * 1000) / good.length;
}

async function timePerToken(check: Check, tokens: readonly string[]): Promise<number> {
  const start = performance.now();
  for (const token of tokens)
    try {
      await check(token);
    } catch {
      // Refused, which takes its time as well.
    }
  return ((performance.now() - start) * 1000) / tokens.length;
}

function inTurn<T>(list: readonly T[], round: number): readonly T[] {
  const first = (round + list.length) % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { SystemClock } from '#infrastructure/system/system-clock';
import { inTurn, median } from '../figures.ts';
import { SECRET, tokensByKind } from './tokens.ts';

// npm run bench:tokens: measures how long it takes to accept or refuse a token, one after the other in one process, with
// jsonwebtoken alone and with the service's verifier. All take turns, so that other work of the machine affects all alike.

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
      // jsonwebtoken is so slow with a string secret that a tenth of the tokens is enough.
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
await timeInFlood();

/** Measures valid tokens alone, and then with nine invalid tokens before each, whose own time is not counted. */
async function timeInFlood(): Promise<void> {
  const { 'a valid token': good = [], ...bad } = tokensByKind();
  const flood = Object.values(bad).flat();
  const alone: number[] = [];
  const inFlood: number[] = [];
  for (let round = -3; round < ROUNDS; round += 1) {
    const timeAlone = await timeOfGood(good, []);
    const timeInFlood = await timeOfGood(good, flood);
    if (round < 0) continue;
    alone.push(timeAlone);
    inFlood.push(timeInFlood);
  }
  console.log(
    `A valid token with our verifier: ${median(alone).toFixed(1)} µs alone, ${median(inFlood).toFixed(1)} µs when nine invalid tokens of all kinds come before each`,
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
      // A refusal is measured, too.
    }
  return ((performance.now() - start) * 1000) / tokens.length;
}

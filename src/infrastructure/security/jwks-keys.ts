import { createPublicKey, KeyObject } from 'node:crypto';
import { createRemoteJWKSet, type CryptoKey, customFetch, errors, type FetchImplementation, type JWK } from 'jose';
import { TokenKeysUnavailable } from '#application/ports/tokens/token-verifier';
import { refused } from './compact-jws.ts';
import type { JsonObject } from './strict-json.ts';
import type { TokenAlgorithm } from './token-verifier-settings.ts';
import { publicKeyFingerprint } from './verification-keys.ts';

export type JwksLimits = {
  /** Milliseconds for an answer. */
  readonly timeout: number;
  /** Milliseconds between two questions, whatever came of the first: a token may name any key. */
  readonly pause: number;
  /** Milliseconds after which the keys are read again, so that the issuer can take one away. */
  readonly maxAge: number;
  /** Bytes of an answer. */
  readonly largest: number;
  readonly mostKeys: number;
};

const LIMITS: JwksLimits = { timeout: 5000, pause: 10_000, maxAge: 600_000, largest: 65_536, mostKeys: 32 };

/**
 * VerificationKeys of simplejwt's JWK_URL: keys by the `kid` of the token, from the one address in the settings; jose reads and chooses them.
 * While that does not answer, the keys that are known go on to be accepted; whether an unknown one is good, nobody can tell.
 */
export class JwksKeys {
  private readonly algorithm: TokenAlgorithm;
  private readonly limits: JwksLimits;
  private readonly remote: ReturnType<typeof createRemoteJWKSet>;
  private readonly objects = new WeakMap<CryptoKey, KeyObject>();
  private lastAsked = -Infinity;

  constructor(url: string, algorithm: TokenAlgorithm, limits: JwksLimits = LIMITS) {
    this.algorithm = algorithm;
    this.limits = limits;
    this.remote = createRemoteJWKSet(new URL(url), {
      timeoutDuration: limits.timeout,
      cooldownDuration: limits.pause,
      // After it jose would refuse what is signed with a known key, until the address answers again.
      cacheMaxAge: Infinity,
      [customFetch]: (address, options) => this.fetch(address, options),
    });
  }

  async for({ kid }: JsonObject): Promise<readonly KeyObject[]> {
    if (typeof kid !== 'string') throw refused('does not name its key');
    this.refreshInBackground();
    try {
      return [this.keyObject(await this.remote({ alg: this.algorithm, kid }))];
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return this.keyObjects(error);
      // Read a moment ago, or just now: otherwise jose has something else to tell.
      if (error instanceof errors.JWKSNoMatchingKey) throw refused('names a key that the token issuer does not have');
      throw new TokenKeysUnavailable('The keys of the token issuer cannot be read at the moment.', { cause: error });
    }
  }

  /** Of the keys that are known now. */
  fingerprints(): readonly string[] {
    return this.remote.jwks()?.keys.flatMap(fingerprintsOf) ?? [];
  }

  private refreshInBackground(): void {
    // Whoever needs a key that is not known waits for the same answer, and is told why there is none.
    if (performance.now() - this.lastAsked >= this.limits.maxAge) this.remote.reload().catch(() => undefined);
  }

  private async fetch(address: string, options: Parameters<FetchImplementation>[1]): Promise<Response> {
    if (performance.now() - this.lastAsked < this.limits.pause) throw new Error('the address was asked a moment ago');
    this.lastAsked = performance.now();
    const response = await fetch(address, options);
    const body = await boundedText(response, this.limits.largest);
    if (response.ok && keysIn(body) > this.limits.mostKeys) throw new Error('the address has too many keys');
    return new Response(body, { status: response.status });
  }

  /** jsonwebtoken takes no CryptoKey. */
  private keyObject(key: CryptoKey): KeyObject {
    const known = this.objects.get(key) ?? KeyObject.from(key);
    this.objects.set(key, known);
    return known;
  }

  private async keyObjects(sameKid: AsyncIterable<CryptoKey>): Promise<readonly KeyObject[]> {
    const found: KeyObject[] = [];
    for await (const key of sameKid) found.push(this.keyObject(key));
    return found;
  }
}

async function boundedText(response: Response, largest: number): Promise<string> {
  const body: AsyncIterable<Uint8Array> | null = response.body;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? ([] as Uint8Array[])) {
    size += part.length;
    if (size > largest) throw new Error('the address answers with too much');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function keysIn(text: string): number {
  const set = JSON.parse(text) as { keys?: unknown } | null;
  return Array.isArray(set?.keys) ? set.keys.length : 0;
}

/** None of a key that is not for signatures, or of a kind that Node does not know. */
function fingerprintsOf(jwk: JWK): string[] {
  try {
    return [publicKeyFingerprint(createPublicKey({ key: jwk, format: 'jwk' }))];
  } catch {
    return [];
  }
}

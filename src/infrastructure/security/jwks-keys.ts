import { createPublicKey, KeyObject } from 'node:crypto';
import { createRemoteJWKSet, type CryptoKey, customFetch, errors, type FetchImplementation, type JWK } from 'jose';
import { TokenKeysUnavailable } from '#application/ports/tokens/token-verifier';
import { refused } from './compact-jws.ts';
import type { JsonObject } from './strict-json.ts';
import type { TokenAlgorithm } from './token-verifier-settings.ts';
import { publicKeyFingerprint } from './verification-keys.ts';

export type JwksLimits = {
  /** Milliseconds to wait for a response. */
  readonly timeout: number;
  /** Milliseconds between two requests, even after a failure: otherwise every token with an unknown key would cause one. */
  readonly pause: number;
  /** Milliseconds after which the keys are read again, so that a key that the issuer has withdrawn is no longer accepted. */
  readonly maxAge: number;
  /** The largest response in bytes. */
  readonly largest: number;
  readonly mostKeys: number;
};

const LIMITS: JwksLimits = { timeout: 5000, pause: 10_000, maxAge: 600_000, largest: 65_536, mostKeys: 32 };

/**
 * The VerificationKeys for simplejwt's JWK_URL. jose fetches the keys from the one address in the settings and selects them by
 * the `kid` of the token. While the address does not respond, known keys are still accepted, and a token with an unknown key
 * ends in TokenKeysUnavailable.
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
      // jose must never forget a key by itself: it would refuse every token while the address does not respond.
      cacheMaxAge: Infinity,
      [customFetch]: (address, options) => this.fetch(address, options),
    });
  }

  async for({ kid }: JsonObject): Promise<readonly KeyObject[]> {
    if (typeof kid !== 'string') throw refused('does not name its key in a kid');
    this.refreshInBackground();
    try {
      return [this.keyObject(await this.remote({ alg: this.algorithm, kid }))];
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return this.keyObjects(error);
      // jose reports this only when it has read the keys recently. Otherwise it fails with another error.
      if (error instanceof errors.JWKSNoMatchingKey) throw refused('names a key that the token issuer does not have');
      throw new TokenKeysUnavailable('The keys of the token issuer cannot be read at the moment.', { cause: error });
    }
  }

  /** The fingerprints of the keys that are known at present. */
  fingerprints(): readonly string[] {
    return this.remote.jwks()?.keys.flatMap(fingerprintsOf) ?? [];
  }

  private refreshInBackground(): void {
    // The error is ignored here: a request that needs an unknown key waits for the same response and reports its failure.
    if (performance.now() - this.lastAsked >= this.limits.maxAge) this.remote.reload().catch(() => undefined);
  }

  private async fetch(address: string, options: Parameters<FetchImplementation>[1]): Promise<Response> {
    if (performance.now() - this.lastAsked < this.limits.pause) throw new Error('the keys were requested a moment ago');
    this.lastAsked = performance.now();
    const response = await fetch(address, options);
    const body = await boundedText(response, this.limits.largest);
    if (response.ok && keysIn(body) > this.limits.mostKeys) throw new Error('the response has too many keys');
    return new Response(body, { status: response.status });
  }

  /** Converts the key, because jsonwebtoken accepts no CryptoKey. */
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
    if (size > largest) throw new Error('the response is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function keysIn(text: string): number {
  const set = JSON.parse(text) as { keys?: unknown } | null;
  return Array.isArray(set?.keys) ? set.keys.length : 0;
}

/** Returns no fingerprint for a key of a kind that Node does not know. */
function fingerprintsOf(jwk: JWK): string[] {
  try {
    return [publicKeyFingerprint(createPublicKey({ key: jwk, format: 'jwk' }))];
  } catch {
    return [];
  }
}

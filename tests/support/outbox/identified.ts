import type { TokenVerifier } from '#application/ports/tokens/token-verifier';
import { Authenticate } from '#application/tokens/authenticate';
import { type Identified, identify } from '#interfaces/http/authentication/bearer-token';
import { NOTHING_REVOKED } from '../tokens/nothing-revoked.ts';

/**
 * Returns the actor or the rejection of a request with this Authorization header.
 * @param header undefined for a request without one
 */
export async function identified(
  verifier: TokenVerifier,
  schemes: readonly [string, ...string[]],
  header: string | undefined,
): Promise<Identified> {
  const state: Identified = {};
  const req = { headersDistinct: header === undefined ? {} : { authorization: [header] } };
  // identify() reads no other part of Koa's context.
  await identify(new Authenticate(verifier, NOTHING_REVOKED), schemes)({ req, state } as never, async () => undefined);
  return state;
}

import type { TokenVerifier } from '#application/ports/tokens/token-verifier';
import { type Identified, identify } from '#interfaces/http/authentication/bearer-token';

/**
 * Whom a request with this Authorization header is from, or why nobody knows.
 * @param header undefined for none
 */
export async function identified(
  verifier: TokenVerifier,
  schemes: readonly [string, ...string[]],
  header: string | undefined,
): Promise<Identified> {
  const state: Identified = {};
  const req = { headersDistinct: header === undefined ? {} : { authorization: [header] } };
  // All that it reads of Koa's context.
  await identify(verifier, schemes)({ req, state } as never, async () => undefined);
  return state;
}

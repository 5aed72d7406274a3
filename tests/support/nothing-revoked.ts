import type { TokenRevocations } from '#application/ports/token-revocations';

/** Where nobody revokes anything. */
export const NOTHING_REVOKED: TokenRevocations = {
  validAfter: () => undefined,
  refresh: async () => undefined,
  learn: () => undefined,
  state: () => 'up to date',
};

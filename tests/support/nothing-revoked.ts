import type { RevocationsState, TokenRevocations } from '#application/ports/tokens/token-revocations';

/** Where nobody revokes anything. */
export const NOTHING_REVOKED = {
  validAfter: (): Date | undefined => undefined,
  refresh: async () => undefined,
  learn: () => undefined,
  state: (): RevocationsState => 'up to date',
} satisfies TokenRevocations;

import type { RevocationCache, RevocationsState } from '#application/tokens/revocation-cache';

/** A revocation cache in which no token is revoked. */
export const NOTHING_REVOKED = {
  validAfter: (): Date | undefined => undefined,
  refresh: async () => undefined,
  learn: () => undefined,
  state: (): RevocationsState => 'up to date',
} satisfies Pick<RevocationCache, 'validAfter' | 'refresh' | 'learn' | 'state'>;

import type { TokenVerifierSettings } from '#infrastructure/security/token-verifier-settings';
import { TEST_SECRET } from '../http/start-app.ts';

/** The settings of the integration guide, with the secret of the tests. */
export function tokenSettings(changes: Partial<TokenVerifierSettings> = {}): TokenVerifierSettings {
  return {
    algorithm: 'HS256',
    keys: { secret: TEST_SECRET, previousSecret: undefined },
    issuer: undefined,
    audience: undefined,
    leewaySeconds: 0,
    userIdClaim: 'user_id',
    tokenTypes: ['access'],
    maxLifetimeSeconds: 86_400,
    ...changes,
  };
}

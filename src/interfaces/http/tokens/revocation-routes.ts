import Router from '@koa/router';
import type { GetTokenRevocation } from '#application/tokens/get-token-revocation';
import type { Clock } from '#application/ports/system/clock';
import type { RevokeTokens } from '#application/tokens/revoke-tokens';
import { isUserId } from '#domain/actor';
import { RevocationNotFound } from '#domain/token-revocation';
import { authenticated, type Authenticated } from '../authentication/bearer-token.ts';
import { JSON_TYPE, jsonBody } from '../requests/request-body.ts';
import { revocationBody, revocationResource } from './revocation-schemas.ts';
import { validBody } from '../requests/validation.ts';

const ONE = '/api/v1/token-revocations/:userId';

/** The routes /api/v1/token-revocations, with which admins revoke the tokens of users. */
export class RevocationRoutes {
  readonly router = new Router<Authenticated>({ sensitive: true, strict: true });

  constructor(revoke: RevokeTokens, get: GetTokenRevocation, clock: Clock) {
    const schema = revocationBody(clock).default({});

    this.router.put(ONE, authenticated, jsonBody(JSON_TYPE), async (ctx) => {
      const userId = userIdOf(ctx.params);
      const command = validBody(schema, ctx.request.body);
      ctx.body = revocationResource(await revoke.execute(ctx.state.actor, { ...command, userId }));
    });

    this.router.get(ONE, authenticated, async (ctx) => {
      ctx.body = revocationResource(await get.execute(ctx.state.actor, { userId: userIdOf(ctx.params) }));
    });
  }
}

/** @throws RevocationNotFound for text that cannot be a user id: no user has it. */
function userIdOf(params: Record<string, string>): string {
  const userId = params['userId'] ?? '';
  if (!isUserId(userId)) throw new RevocationNotFound();
  return userId;
}

import Router from '@koa/router';
import type { Response } from 'koa';
import type { CloseOpportunity } from '#application/close-opportunity';
import type { CreateOpportunity } from '#application/create-opportunity';
import type { GetOpportunity } from '#application/get-opportunity';
import type { ListMyOpportunities } from '#application/list-my-opportunities';
import type { OpportunityView } from '#application/opportunity-view';
import type { Clock } from '#application/ports/clock';
import type { TokenVerifier } from '#application/ports/token-verifier';
import type { PublishOpportunity } from '#application/publish-opportunity';
import { OpportunityNotFound } from '#domain/opportunity/opportunity-errors';
import { authenticate, type Authenticated } from './authenticate.ts';
import { jsonBody, requireBody } from './json-body.ts';
import {
  closeOpportunityBody,
  createOpportunityBody,
  cursorAfter,
  emptyBody,
  listQuery,
  opportunityResource,
} from './opportunity-schemas.ts';
import { validBody, validQuery } from './validation.ts';

const COLLECTION = '/api/v1/opportunities';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type OpportunityUseCases = {
  readonly create: CreateOpportunity;
  readonly get: GetOpportunity;
  readonly listMine: ListMyOpportunities;
  readonly publish: PublishOpportunity;
  readonly close: CloseOpportunity;
};

/** /api/v1/opportunities: request → command → use case → answer. */
export class OpportunityRoutes {
  readonly router = new Router<Authenticated>({ sensitive: true, strict: true });

  constructor({ create, get, listMine, publish, close }: OpportunityUseCases, verifier: TokenVerifier, clock: Clock) {
    const authenticated = authenticate(verifier);
    const createBody = createOpportunityBody(clock);

    this.router.post(COLLECTION, authenticated, jsonBody, requireBody, async (ctx) => {
      const opportunity = await create.execute(ctx.state.actor, validBody(createBody, ctx.request.body));
      ctx.status = 201;
      ctx.set('Location', `${COLLECTION}/${opportunity.id}`);
      answer(ctx.response, opportunity);
    });

    this.router.get(COLLECTION, authenticated, async (ctx) => {
      const { limit, cursor } = validQuery(listQuery, ctx.query);
      const { items, nextAfter } = await listMine.execute(ctx.state.actor, { limit, after: cursor });
      ctx.body = {
        items: items.map(opportunityResource),
        page: { nextCursor: nextAfter === undefined ? null : cursorAfter(nextAfter) },
      };
    });

    this.router.get(`${COLLECTION}/:id`, authenticated, async (ctx) => {
      answer(ctx.response, await get.execute(ctx.state.actor, { id: idOf(ctx.params) }));
    });

    this.router.post(`${COLLECTION}/:id/publish`, authenticated, jsonBody, async (ctx) => {
      validBody(emptyBody, ctx.request.body);
      answer(ctx.response, await publish.execute(ctx.state.actor, { id: idOf(ctx.params) }));
    });

    this.router.post(`${COLLECTION}/:id/close`, authenticated, jsonBody, requireBody, async (ctx) => {
      const { reason } = validBody(closeOpportunityBody, ctx.request.body);
      answer(ctx.response, await close.execute(ctx.state.actor, { id: idOf(ctx.params), reason }));
    });
  }
}

/** @throws OpportunityNotFound for what cannot be an id: to the client it is just one that does not exist. */
function idOf(params: Record<string, string>): string {
  const id = params['id'] ?? '';
  if (!UUID.test(id)) throw new OpportunityNotFound();
  return id.toLowerCase();
}

function answer(response: Response, opportunity: OpportunityView): void {
  response.set('ETag', `"${opportunity.version}"`);
  response.body = opportunityResource(opportunity);
}

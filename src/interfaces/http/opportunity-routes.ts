import Router from '@koa/router';
import type { Context } from 'koa';
import type { Target } from '#application/change-opportunity';
import type { CloseOpportunity } from '#application/close-opportunity';
import type { CreateOpportunity } from '#application/create-opportunity';
import type { DeleteOpportunity } from '#application/delete-opportunity';
import type { EditOpportunity, Revision } from '#application/edit-opportunity';
import type { GetOpportunity } from '#application/get-opportunity';
import type { OpportunityView } from '#application/opportunity-view';
import type { Clock } from '#application/ports/clock';
import type { PublishOpportunity } from '#application/publish-opportunity';
import type { RemoveOpportunity } from '#application/remove-opportunity';
import type { ReopenOpportunity } from '#application/reopen-opportunity';
import type { RestoreOpportunity } from '#application/restore-opportunity';
import { OpportunityNotFound } from '#domain/opportunity/opportunity-errors';
import { authenticated, type Authenticated, type Identified, mayRead } from './authenticate.ts';
import { entityTag, isKnown, versionsIn } from './entity-tag.ts';
import { retryOf } from './idempotency-key.ts';
import { JSON_TYPE, jsonBody, MERGE_PATCH, requireBody } from './json-body.ts';
import { mergePatch } from './merge-patch.ts';
import { opportunityResource } from './opportunity-resource.ts';
import {
  closeOpportunityBody,
  createOpportunityBody,
  EDITED_OPPORTUNITY,
  emptyBody,
  opportunityPatch,
  patchable,
  removeOpportunityBody,
} from './opportunity-schemas.ts';
import { validBody } from './validation.ts';

const COLLECTION = '/api/v1/opportunities';
const ONE = `${COLLECTION}/:id`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type OpportunityUseCases = {
  readonly create: CreateOpportunity;
  readonly get: GetOpportunity;
  readonly edit: EditOpportunity;
  readonly publish: PublishOpportunity;
  readonly close: CloseOpportunity;
  readonly reopen: ReopenOpportunity;
  readonly remove: RemoveOpportunity;
  readonly restore: RestoreOpportunity;
  readonly delete: DeleteOpportunity;
};

/** /api/v1/opportunities: request → command → use case → answer. */
export class OpportunityRoutes {
  readonly router = new Router<Authenticated>({ sensitive: true, strict: true });

  constructor(useCases: OpportunityUseCases, clock: Clock, publicRead: boolean) {
    const { create, get, edit, close, remove } = useCases;
    const body = jsonBody(JSON_TYPE);
    const patch = jsonBody(MERGE_PATCH, JSON_TYPE);
    const createBody = createOpportunityBody(clock);

    this.router.post(COLLECTION, authenticated, body, requireBody, async (ctx) => {
      const opportunity = await create.execute(ctx.state.actor, {
        ...validBody(createBody, ctx.request.body),
        retry: retryOf(ctx),
      });
      ctx.status = 201;
      ctx.set('Location', `${COLLECTION}/${opportunity.id}`);
      answer(ctx, opportunity);
    });

    this.router.get(ONE, mayRead(publicRead), async (ctx) => {
      const { actor }: Identified = ctx.state;
      answer(ctx, await get.execute(actor, { id: idOf(ctx.params) }));
      if (isKnown(ctx.response.get('ETag'), ctx.get('If-None-Match'))) ctx.status = 304;
    });

    this.router.patch(ONE, authenticated, patch, requireBody, async (ctx) => {
      const revise: Revision = ({ status, details }) => {
        const schema = EDITED_OPPORTUNITY[status === 'published' ? 'published' : 'other'];
        const revised = validBody(schema, mergePatch(patchable(details), ctx.request.body));
        validBody(opportunityPatch, ctx.request.body);
        return revised;
      };
      answer(ctx, await edit.execute(ctx.state.actor, { ...target(ctx, ctx.params), revise }));
    });

    this.router.post(`${ONE}/close`, authenticated, body, requireBody, async (ctx) => {
      const { reason } = validBody(closeOpportunityBody, ctx.request.body);
      answer(ctx, await close.execute(ctx.state.actor, { ...target(ctx, ctx.params), retry: retryOf(ctx), reason }));
    });

    this.router.post(`${ONE}/remove`, authenticated, body, requireBody, async (ctx) => {
      const { reason } = validBody(removeOpportunityBody, ctx.request.body);
      answer(ctx, await remove.execute(ctx.state.actor, { ...target(ctx, ctx.params), retry: retryOf(ctx), reason }));
    });

    for (const action of ['publish', 'reopen', 'restore'] as const) {
      this.router.post(`${ONE}/${action}`, authenticated, body, async (ctx) => {
        validBody(emptyBody.optional(), ctx.request.body);
        answer(
          ctx,
          await useCases[action].execute(ctx.state.actor, { ...target(ctx, ctx.params), retry: retryOf(ctx) }),
        );
      });
    }

    this.router.delete(ONE, authenticated, async (ctx) => {
      await useCases.delete.execute(ctx.state.actor, target(ctx, ctx.params));
      ctx.status = 204;
    });
  }
}

/** @throws OpportunityNotFound for what cannot be an id: to the client it is just one that does not exist. */
function idOf(params: Record<string, string>): string {
  const id = params['id'] ?? '';
  if (!UUID.test(id)) throw new OpportunityNotFound();
  return id.toLowerCase();
}

function target({ headers }: Pick<Context, 'headers'>, params: Record<string, string>): Target {
  return { id: idOf(params), versions: versionsIn(headers['if-match'] ?? '') };
}

function answer({ response }: Pick<Context, 'response'>, opportunity: OpportunityView): void {
  response.set('ETag', entityTag(opportunity));
  if (opportunity.replayed) response.set('Idempotent-Replayed', 'true');
  response.body = opportunityResource(opportunity);
}

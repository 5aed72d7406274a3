import Router from '@koa/router';
import type { Context } from 'koa';
import type { ChangeOpportunity, Target } from '#application/opportunities/change-opportunity';
import type { CreateOpportunity } from '#application/opportunities/create-opportunity';
import type { GetOpportunity } from '#application/opportunities/get-opportunity';
import type { Revision } from '#application/opportunities/opportunity-changes';
import type { OpportunityView } from '#application/opportunities/opportunity-view';
import type { Clock } from '#application/ports/system/clock';
import { OpportunityNotFound } from '#domain/opportunities/opportunity-errors';
import type { ListOpportunities } from '#application/opportunities/list-opportunities';
import type { ListChanges } from '#application/opportunities/list-changes';
import { PositionMalformed } from '#application/ports/opportunities/change-feed';
import { authenticated, type Authenticated, type Identified, mayRead } from '../authentication/bearer-token.ts';
import { entityTag, isKnown, versionsIn } from '../requests/entity-tag.ts';
import { retryOf } from '../requests/idempotency-key-header.ts';
import { JSON_TYPE, jsonBody, MERGE_PATCH, requireBody } from '../requests/request-body.ts';
import { mergePatch } from '../requests/merge-patch.ts';
import { validBody, validQuery } from '../requests/validation.ts';
import { HttpProblem } from '../problems/problem-details.ts';
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
import { cursorAt, positionOf } from './list-cursor.ts';
import { listCommand, listQuery } from './list-parameters.ts';
import { changesQuery, INVALID_SINCE, tokenText } from './changes-schemas.ts';

const COLLECTION = '/api/v1/opportunities';
const ONE = `${COLLECTION}/:id`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type OpportunityUseCases = {
  readonly create: CreateOpportunity;
  readonly get: GetOpportunity;
  readonly change: ChangeOpportunity;
};

/** /api/v1/opportunities: request → command → use case → answer. */
export class OpportunityRoutes {
  readonly router = new Router<Authenticated>({ sensitive: true, strict: true });

  constructor(useCases: OpportunityUseCases, clock: Clock, publicRead: boolean) {
    const { create, get, change } = useCases;
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
      answer(ctx, await change.execute(ctx.state.actor, 'edit', { ...target(ctx, ctx.params), revise }));
    });

    this.router.post(`${ONE}/close`, authenticated, body, requireBody, async (ctx) => {
      const { reason } = validBody(closeOpportunityBody, ctx.request.body);
      answer(
        ctx,
        await change.execute(ctx.state.actor, 'close', { ...target(ctx, ctx.params), retry: retryOf(ctx), reason }),
      );
    });

    this.router.post(`${ONE}/remove`, authenticated, body, requireBody, async (ctx) => {
      const { reason } = validBody(removeOpportunityBody, ctx.request.body);
      answer(
        ctx,
        await change.execute(ctx.state.actor, 'remove', { ...target(ctx, ctx.params), retry: retryOf(ctx), reason }),
      );
    });

    for (const action of ['publish', 'reopen', 'restore'] as const) {
      this.router.post(`${ONE}/${action}`, authenticated, body, async (ctx) => {
        validBody(emptyBody.optional(), ctx.request.body);
        answer(ctx, await change.execute(ctx.state.actor, action, { ...target(ctx, ctx.params), retry: retryOf(ctx) }));
      });
    }

    this.router.delete(ONE, authenticated, async (ctx) => {
      await change.execute(ctx.state.actor, 'delete', target(ctx, ctx.params));
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

/** GET /api/v1/opportunities: pages of compact items. */
export class OpportunityListRoutes {
  readonly router = new Router<Identified>({ sensitive: true, strict: true });

  constructor(list: ListOpportunities, publicRead: boolean) {
    this.router.get(COLLECTION, mayRead(publicRead), async (ctx) => {
      const query = validQuery(listQuery, ctx.query);
      const { actor, rejection } = ctx.state;
      if (query.mine && !actor) throw rejection;
      const command = listCommand(query);
      const after = query.cursor === undefined ? null : positionOf(query.cursor, command);
      const { items, next } = await list.execute(actor, { ...command, after });
      const nextCursor = next && cursorAt(next, command);
      if (nextCursor !== null)
        ctx.set('Link', `<${COLLECTION}?${withCursor(ctx.querystring, nextCursor)}>; rel="next"`);
      ctx.body = { items, page: { nextCursor } };
    });
  }
}

/** The same query, from there on. */
function withCursor(querystring: string, cursor: string): string {
  const parameters = new URLSearchParams(querystring);
  parameters.set('cursor', cursor);
  return parameters.toString();
}

const CHANGES = '/api/v1/opportunities/changes';

/** /api/v1/opportunities/changes: what an app needs to keep a copy. */
export class ChangesRoutes {
  readonly router = new Router<Authenticated>({ sensitive: true, strict: true });

  constructor(changes: ListChanges) {
    this.router.get(CHANGES, authenticated, async (ctx) => {
      const query = validQuery(changesQuery, ctx.query);
      const { items, tombstones, next, hasMore } = await changes
        .execute(ctx.state.actor, query)
        .catch((error: unknown) => {
          throw error instanceof PositionMalformed ? invalidSince() : error;
        });
      ctx.body = {
        items: items.map(opportunityResource),
        tombstones,
        page: { nextToken: tokenText(next), hasMore },
      };
    });

    // Every other method ends here: the routes of a single opportunity would take "changes" for an id.
    this.router.all('other methods', CHANGES, (ctx) => {
      ctx.set('Allow', 'GET, HEAD');
      ctx.status = ctx.method === 'OPTIONS' ? 204 : 405;
    });
  }
}

/** Only the feed can tell whether a position is one; to the client it is a parameter like any other. */
function invalidSince(): HttpProblem {
  const error = { detail: `since ${INVALID_SINCE}`, parameter: 'since', code: 'invalid' };
  return new HttpProblem('invalid_parameter', 'The query is not valid.', { errors: [error] });
}

import Router from '@koa/router';
import type { Context, ParameterizedContext } from 'koa';
import type { ChangeOpportunity, Target } from '#application/opportunities/change-opportunity';
import type { CreateOpportunity } from '#application/opportunities/create-opportunity';
import type { GetOpportunity } from '#application/opportunities/get-opportunity';
import type { ListChanges } from '#application/opportunities/list-changes';
import type { ListOpportunities } from '#application/opportunities/list-opportunities';
import type { Revision } from '#application/opportunities/opportunity-changes';
import type { OpportunityView } from '#application/opportunities/opportunity-view';
import { FeedPositionMalformed } from '#application/ports/opportunities/change-feed';
import { ListPositionMalformed } from '#application/ports/opportunities/opportunity-catalogue';
import type { Clock } from '#application/ports/system/clock';
import { OpportunityNotFound } from '#domain/opportunities/opportunity-errors';
import { authenticated, type Authenticated, type Identified, mayRead } from '../authentication/bearer-token.ts';
import { HttpProblem } from '../problems/problem-details.ts';
import { entityTag, isKnown, versionsIn } from '../requests/entity-tag.ts';
import { retryOf } from '../requests/idempotency-key-header.ts';
import { mergePatch } from '../requests/merge-patch.ts';
import { JSON_TYPE, jsonBody, MERGE_PATCH, requireBody } from '../requests/request-body.ts';
import { validBody, validQuery } from '../requests/validation.ts';
import { changesParameters, INVALID_SINCE, tokenText } from './changes-schemas.ts';
import { cursorAt, foreignCursor, positionAt } from './list-cursor.ts';
import { listCommand, listParameters } from './list-parameters.ts';
import { opportunityResource } from './opportunity-resource.ts';
import {
  closeOpportunityBody,
  createOpportunityBody,
  EDITED_OPPORTUNITY,
  emptyBody,
  opportunityPatch,
  patchable,
  type PostedAction,
  removeOpportunityBody,
} from './opportunity-schemas.ts';

const COLLECTION = '/api/v1/opportunities';
const CHANGES = `${COLLECTION}/changes`;
const ONE = `${COLLECTION}/:id`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type OpportunityUseCases = {
  readonly list: ListOpportunities;
  readonly listChanges: ListChanges;
  readonly create: CreateOpportunity;
  readonly get: GetOpportunity;
  readonly change: ChangeOpportunity;
};

/** @template State the findings of the guards. They may lack an actor where reading is public. */
type Handler<State extends Identified = Authenticated> = (
  ctx: ParameterizedContext<State> & { readonly params: Record<string, string> },
) => Promise<void> | void;

/** /api/v1/opportunities. Each route reads the request, calls one use case and writes the response. */
export class OpportunityRoutes {
  readonly router = new Router<Authenticated>({ sensitive: true, strict: true });

  constructor({ list, listChanges, create, get, change }: OpportunityUseCases, clock: Clock, publicRead: boolean) {
    const { router } = this;
    const reader = mayRead(publicRead);
    const json = jsonBody(JSON_TYPE);
    const patch = jsonBody(MERGE_PATCH, JSON_TYPE);

    router.get(COLLECTION, reader, listing(list));
    router.post(COLLECTION, authenticated, json, requireBody, creating(create, clock));

    // These two come before the routes of one opportunity, which would read "changes" as an id.
    router.get(CHANGES, authenticated, listingChanges(listChanges));
    router.all('other methods', CHANGES, refusingOtherMethods);

    router.get(ONE, reader, getting(get));
    router.patch(ONE, authenticated, patch, requireBody, editing(change));
    router.delete(ONE, authenticated, deleting(change));

    const actions: Record<PostedAction, readonly (Handler | typeof requireBody)[]> = {
      publish: [changing(change, 'publish')],
      close: [requireBody, closing(change)],
      reopen: [changing(change, 'reopen')],
      remove: [requireBody, removing(change)],
      restore: [changing(change, 'restore')],
    };
    for (const [action, handlers] of Object.entries(actions))
      router.post(`${ONE}/${action}`, authenticated, json, ...handlers);
  }
}

function listing(list: ListOpportunities): Handler<Identified> {
  return async (ctx) => {
    const parameters = validQuery(listParameters, ctx.query);
    const { actor, rejection } = ctx.state;
    if (parameters.mine && !actor) throw rejection;
    const command = listCommand(parameters);
    const after = parameters.cursor === undefined ? null : positionAt(parameters.cursor, command);
    const page = list.execute(actor, { ...command, after }).catch((error: unknown) => {
      throw error instanceof ListPositionMalformed ? foreignCursor() : error;
    });
    const { items, next } = await page;
    const nextCursor = next && cursorAt(next, command);
    if (nextCursor !== null) ctx.set('Link', `<${COLLECTION}?${withCursor(ctx.querystring, nextCursor)}>; rel="next"`);
    ctx.body = { items, page: { nextCursor } };
  };
}

function creating(create: CreateOpportunity, clock: Clock): Handler {
  const body = createOpportunityBody(clock);
  return async (ctx) => {
    const opportunity = await create.execute(ctx.state.actor, {
      ...validBody(body, ctx.request.body),
      retry: retryOf(ctx),
    });
    ctx.status = 201;
    ctx.set('Location', `${COLLECTION}/${opportunity.id}`);
    respond(ctx, opportunity);
  };
}

function listingChanges(changes: ListChanges): Handler {
  return async (ctx) => {
    const parameters = validQuery(changesParameters, ctx.query);
    const page = changes.execute(ctx.state.actor, parameters).catch((error: unknown) => {
      throw error instanceof FeedPositionMalformed ? invalidSince() : error;
    });
    const { items, tombstones, next, hasMore } = await page;
    ctx.body = { items: items.map(opportunityResource), tombstones, page: { nextToken: tokenText(next), hasMore } };
  };
}

const refusingOtherMethods: Handler = (ctx) => {
  ctx.set('Allow', 'GET, HEAD');
  ctx.status = ctx.method === 'OPTIONS' ? 204 : 405;
};

function getting(get: GetOpportunity): Handler<Identified> {
  return async (ctx) => {
    respond(ctx, await get.execute(ctx.state.actor, { id: idOf(ctx.params) }));
    if (isKnown(ctx.response.get('ETag'), ctx.get('If-None-Match'))) ctx.status = 304;
  };
}

function editing(change: ChangeOpportunity): Handler {
  return async (ctx) => {
    const revise: Revision = ({ status, details }) => {
      const schema = EDITED_OPPORTUNITY[status === 'published' ? 'published' : 'other'];
      const revised = validBody(schema, mergePatch(patchable(details), ctx.request.body));
      validBody(opportunityPatch, ctx.request.body);
      return revised;
    };
    respond(ctx, await change.execute(ctx.state.actor, 'edit', { ...target(ctx, ctx.params), revise }));
  };
}

function deleting(change: ChangeOpportunity): Handler {
  return async (ctx) => {
    await change.execute(ctx.state.actor, 'delete', target(ctx, ctx.params));
    ctx.status = 204;
  };
}

/** A change that needs no input beside the opportunity. */
function changing(change: ChangeOpportunity, action: Exclude<PostedAction, 'close' | 'remove'>): Handler {
  return async (ctx) => {
    validBody(emptyBody.optional(), ctx.request.body);
    respond(ctx, await change.execute(ctx.state.actor, action, { ...target(ctx, ctx.params), retry: retryOf(ctx) }));
  };
}

function closing(change: ChangeOpportunity): Handler {
  return async (ctx) => {
    const { reason } = validBody(closeOpportunityBody, ctx.request.body);
    respond(
      ctx,
      await change.execute(ctx.state.actor, 'close', { ...target(ctx, ctx.params), retry: retryOf(ctx), reason }),
    );
  };
}

function removing(change: ChangeOpportunity): Handler {
  return async (ctx) => {
    const { reason } = validBody(removeOpportunityBody, ctx.request.body);
    respond(
      ctx,
      await change.execute(ctx.state.actor, 'remove', { ...target(ctx, ctx.params), retry: retryOf(ctx), reason }),
    );
  };
}

/** @throws OpportunityNotFound when the text cannot be an id: for a client this is an opportunity that does not exist. */
function idOf(params: Record<string, string>): string {
  const id = params['id'] ?? '';
  if (!UUID.test(id)) throw new OpportunityNotFound();
  return id.toLowerCase();
}

function target({ headers }: Pick<Context, 'headers'>, params: Record<string, string>): Target {
  return { id: idOf(params), versions: versionsIn(headers['if-match'] ?? '') };
}

function respond({ response }: Pick<Context, 'response'>, opportunity: OpportunityView): void {
  response.set('ETag', entityTag(opportunity));
  if (opportunity.replayed) response.set('Idempotent-Replayed', 'true');
  response.body = opportunityResource(opportunity);
}

/** The query string of the request, with its cursor replaced by the cursor of another page. */
function withCursor(querystring: string, cursor: string): string {
  const parameters = new URLSearchParams(querystring);
  parameters.set('cursor', cursor);
  return parameters.toString();
}

/** Only the feed can tell that a position is malformed. For the client, `since` is a parameter like any other. */
function invalidSince(): HttpProblem {
  const error = { detail: `since ${INVALID_SINCE}`, parameter: 'since', code: 'invalid' };
  return new HttpProblem('invalid_parameter', 'The query is not valid.', { errors: [error] });
}

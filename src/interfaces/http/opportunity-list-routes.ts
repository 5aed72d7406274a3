import Router from '@koa/router';
import type { ListOpportunities } from '#application/list-opportunities';
import { type Identified, mayRead } from './authenticate.ts';
import { cursorAt, positionOf } from './list-cursor.ts';
import { listCommand, listQuery } from './list-query.ts';
import { validQuery } from './validation.ts';

const COLLECTION = '/api/v1/opportunities';

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

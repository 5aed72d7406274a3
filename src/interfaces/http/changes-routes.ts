import Router from '@koa/router';
import type { ListChanges } from '#application/list-changes';
import { PositionMalformed } from '#application/ports/change-feed';
import { authenticated, type Authenticated } from './authenticate.ts';
import { changesQuery, INVALID_SINCE, tokenText } from './changes-schemas.ts';
import { opportunityResource } from './opportunity-resource.ts';
import { HttpProblem } from './problem.ts';
import { validQuery } from './validation.ts';

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

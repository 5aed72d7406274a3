import Router from '@koa/router';
import type { Context } from 'koa';
import { type ProblemCode, PROBLEMS } from '../problems/problem-codes.ts';
import { PAGE_POLICY, problemHtml, problemListHtml, type ProblemPage } from './problem-page.ts';

/** /problems/{code}: the page to which the `type` of an error leads (RFC 9457 §3.1.1), for people and for programs. */
export class ProblemRoutes {
  readonly router = new Router({ sensitive: true, strict: true });

  constructor() {
    const pages = (Object.keys(PROBLEMS) as ProblemCode[]).map(pageOf);
    const list = problemListHtml(pages);
    this.router.get('/problems', (ctx) => {
      respond(ctx, ['application/json'], { items: pages }, list);
    });
    for (const page of pages) {
      const html = problemHtml(page);
      this.router.get(page.type, (ctx) => {
        // The page has a type, a title and a status, so it is a problem itself.
        respond(ctx, ['application/json', 'application/problem+json'], page, html);
      });
    }
  }
}

export function pageOf(code: ProblemCode): ProblemPage {
  return { type: `/problems/${code}`, code, ...PROBLEMS[code] };
}

/**
 * Responds with HTML to clients that prefer it, as browsers do, and with JSON to all others. A client that accepts neither
 * gets JSON (RFC 9110 §12.4.1).
 */
function respond(ctx: Context, [json, ...otherJson]: [string, ...string[]], body: object, html: string): void {
  ctx.vary('Accept');
  const type = ctx.accepts(json, ...otherJson, 'text/html') || json;
  if (type === 'text/html') ctx.set('Content-Security-Policy', PAGE_POLICY);
  ctx.body = type === 'text/html' ? html : body;
  ctx.type = type;
}

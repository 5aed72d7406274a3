import Router from '@koa/router';
import type { Context } from 'koa';
import { type ProblemCode, PROBLEMS } from '../problems/problem-details.ts';
import { PAGE_POLICY, problemHtml, problemListHtml, type ProblemPage } from './problem-page.ts';
import { PROBLEM_TEXTS } from '../problems/problem-texts.ts';

/** /problems/{code}: what the `type` of every error leads to (RFC 9457 §3.1.1), for people and for programs. */
export class ProblemRoutes {
  readonly router = new Router({ sensitive: true, strict: true });

  constructor() {
    const pages = (Object.keys(PROBLEMS) as ProblemCode[]).map(pageOf);
    const list = problemListHtml(pages);
    this.router.get('/problems', (ctx) => {
      answer(ctx, ['application/json'], { items: pages }, list);
    });
    for (const page of pages) {
      const html = problemHtml(page);
      this.router.get(page.type, (ctx) => {
        // With its type, title and status it is a problem itself.
        answer(ctx, ['application/json', 'application/problem+json'], page, html);
      });
    }
  }
}

export function pageOf(code: ProblemCode): ProblemPage {
  return { type: `/problems/${code}`, code, ...PROBLEMS[code], ...PROBLEM_TEXTS[code] };
}

/**
 * JSON, in the first of the types that is taken, for whoever does not ask for HTML, as browsers do. Who takes neither
 * gets JSON, too (RFC 9110 §12.4.1).
 */
function answer(ctx: Context, [json, ...otherJson]: [string, ...string[]], body: object, html: string): void {
  ctx.vary('Accept');
  const type = ctx.accepts(json, ...otherJson, 'text/html') || json;
  if (type === 'text/html') ctx.set('Content-Security-Policy', PAGE_POLICY);
  ctx.body = type === 'text/html' ? html : body;
  ctx.type = type;
}

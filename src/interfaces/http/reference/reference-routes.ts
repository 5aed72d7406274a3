import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import Router from '@koa/router';
import type { Context } from 'koa';
import { openApiDocument } from './openapi-document.ts';
import { REFERENCE_PAGE, REFERENCE_POLICY } from './reference-page.ts';

/** Caches ask each time whether what they have still holds: the next version of the service has another API. */
const CHANGES = 'public, no-cache';
/** Seconds; of the files of a package, which change seldom. */
const HARDLY_CHANGES = 'public, max-age=86400';

/** What the page needs of the package swagger-ui-dist; it holds much more. */
const FILES = ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png'];

/** /openapi.json: the API in OpenAPI 3.1. /docs: the same, as a page on which requests can be tried. */
export class ReferenceRoutes {
  readonly router = new Router({ sensitive: true, strict: true });

  constructor() {
    // Not before somebody asks: most processes are never asked.
    let document: string | undefined;
    this.router.get('/openapi.json', (ctx) => {
      answer(ctx, CHANGES, 'application/json', (document ??= JSON.stringify(openApiDocument())));
    });

    this.router.get('/docs', (ctx) => {
      ctx.set('Content-Security-Policy', REFERENCE_POLICY);
      answer(ctx, CHANGES, 'text/html', REFERENCE_PAGE);
    });

    for (const file of FILES) {
      const path = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${file}`));
      this.router.get(`/docs/${file}`, async (ctx) => {
        answer(ctx, HARDLY_CHANGES, file, await readFile(path));
      });
    }
  }
}

/** @param type a media type, or the name of a file of that type. */
function answer(ctx: Context, caching: string, type: string, body: string | Buffer): void {
  ctx.body = body;
  ctx.type = type;
  ctx.set('Cache-Control', caching);
  ctx.set('ETag', `"${createHash('sha256').update(body).digest('base64url')}"`);
  if (ctx.fresh) ctx.status = 304;
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import Router from '@koa/router';
import type { Context } from 'koa';
import { openApiDocument } from './openapi-document.ts';
import { REFERENCE_PAGE, REFERENCE_POLICY } from './reference-page.ts';

/** Caches must revalidate each time, because the next version of the service may have another API. */
const REVALIDATE = 'public, no-cache';
/** Caches may reuse files of a package for a day, in seconds. They seldom change. */
const REUSE_FOR_A_DAY = 'public, max-age=86400';

/** Files of the package swagger-ui-dist that the page needs. */
const FILES = ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png'];

/** /openapi.json describes the API in OpenAPI 3.1. /docs shows it as a page on which people can try requests. */
export class ReferenceRoutes {
  readonly router = new Router({ sensitive: true, strict: true });

  constructor() {
    // The document is made for the first request, because most processes never get one.
    let document: string | undefined;
    this.router.get('/openapi.json', (ctx) => {
      respond(ctx, REVALIDATE, 'application/json', (document ??= JSON.stringify(openApiDocument())));
    });

    this.router.get('/docs', (ctx) => {
      ctx.set('Content-Security-Policy', REFERENCE_POLICY);
      respond(ctx, REVALIDATE, 'text/html', REFERENCE_PAGE);
    });

    for (const file of FILES) {
      const path = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${file}`));
      this.router.get(`/docs/${file}`, async (ctx) => {
        respond(ctx, REUSE_FOR_A_DAY, file, await readFile(path));
      });
    }
  }
}

/** @param type a media type, or the name of a file with that type */
function respond(ctx: Context, caching: string, type: string, body: string | Buffer): void {
  ctx.body = body;
  ctx.type = type;
  ctx.set('Cache-Control', caching);
  ctx.set('ETag', `"${createHash('sha256').update(body).digest('base64url')}"`);
  if (ctx.fresh) ctx.status = 304;
}

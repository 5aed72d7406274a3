import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../../src/interfaces/http/reference/openapi-document.ts';

const path = (file: string) => fileURLToPath(new URL(`../../docs/${file}`, import.meta.url));

/** What the service serves at /openapi.json, for reading its changes in reviews. */
export const CURRENT = path('openapi.json');
/** What apps have been written for. */
export const RELEASED = path('released/openapi.json');
/** Changes that break such apps, each with its reason. */
export const DECLARED = path('released/breaking-changes.json');

export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(), undefined, 2)}\n`;
}

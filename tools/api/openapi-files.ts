import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../../src/interfaces/http/reference/openapi-document.ts';

const path = (file: string) => fileURLToPath(new URL(`../../docs/${file}`, import.meta.url));

/** The document that the service serves at /openapi.json. It is committed, so that reviews show its changes. */
export const CURRENT = path('openapi.json');
/** The document for which released apps were written. */
export const RELEASED = path('released/openapi.json');
/** Declared changes that break released apps, each with its reason. */
export const DECLARED = path('released/breaking-changes.json');

export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(), undefined, 2)}\n`;
}

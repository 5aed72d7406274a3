/**
 * npm run openapi: writes the OpenAPI document to docs/openapi.json.
 * npm run openapi -- --release: writes it to docs/released/, too, and clears the list of declared breaking changes.
 */
import { writeFileSync } from 'node:fs';
import { CURRENT, DECLARED, openApiText, RELEASED } from './openapi-files.ts';

writeFileSync(CURRENT, openApiText());
if (process.argv.includes('--release')) {
  writeFileSync(RELEASED, openApiText());
  writeFileSync(DECLARED, '[]\n');
}

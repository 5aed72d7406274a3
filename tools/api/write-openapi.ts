/**
 * npm run openapi: writes the description of the API to docs/openapi.json.
 * npm run openapi -- --release: makes it the one that apps rely on, too. Declared changes are then done.
 */
import { writeFileSync } from 'node:fs';
import { CURRENT, DECLARED, openApiText, RELEASED } from './openapi-files.ts';

writeFileSync(CURRENT, openApiText());
if (process.argv.includes('--release')) {
  writeFileSync(RELEASED, openApiText());
  writeFileSync(DECLARED, '[]\n');
}

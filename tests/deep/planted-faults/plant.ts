/** Loaded with --import before the tests: it replaces a text in one file while Node loads that file. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

type Planted = { readonly file: string; readonly was: string; readonly becomes: string };

const { file, was, becomes } = JSON.parse(process.env['PLANTED_FAULT'] ?? 'null') as Planted;
const url = pathToFileURL(resolve(file)).href;

registerHooks({
  load(requested, context, nextLoad) {
    const loaded = nextLoad(requested, context);
    if (requested !== url) return loaded;
    return { ...loaded, source: readFileSync(file, 'utf8').replace(was, () => becomes) };
  },
});

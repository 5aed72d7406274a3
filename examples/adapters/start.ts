import type { ContainerModule } from 'inversify';
import { App, StoppedWhileStarting } from '../../src/app.ts';
import { readConfig, type ReplaceablePart } from '../../src/config/config.ts';
import { developerAuthorization } from '../../tools/local/development-token.ts';
import { introspection } from './introspection/introspection.module.ts';
import { sqlite } from './sqlite/sqlite.module.ts';
import { webhook } from './webhook/webhook.module.ts';

/**
 * Starts the service with those example adapters whose variables are set, and with the adapters of src/ for the rest. The
 * settings of a replaced adapter are then not required.
 */
const { SQLITE_FILE, WEBHOOK_URL, WEBHOOK_TOKEN, INTROSPECTION_URL } = process.env;
const { INTROSPECTION_CLIENT_ID = '', INTROSPECTION_CLIENT_SECRET = '' } = process.env;

const replaced: ReplaceablePart[] = [];
if (SQLITE_FILE) replaced.push('database');
if (WEBHOOK_URL) replaced.push('kafka');
if (INTROSPECTION_URL) replaced.push('tokens');

try {
  const config = readConfig(process.env, replaced);
  const modules: ContainerModule[] = [];
  if (SQLITE_FILE) {
    const { lifetimeSeconds: tokenLifetimeSeconds } = config.revocations;
    const { retentionHours } = config.outbox;
    modules.push(sqlite({ file: SQLITE_FILE, tokenLifetimeSeconds, retentionHours }));
  }
  if (WEBHOOK_URL) modules.push(webhook({ url: WEBHOOK_URL, token: WEBHOOK_TOKEN }));
  if (INTROSPECTION_URL) {
    const [clientId, clientSecret] = [INTROSPECTION_CLIENT_ID, INTROSPECTION_CLIENT_SECRET];
    modules.push(introspection({ url: INTROSPECTION_URL, clientId, clientSecret }));
  }
  const app = new App(config, ...modules);
  const stop = () => void app.stop().then(() => process.exit(0), fail);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await app.start();
  const authorization = config.environment === 'development' ? developerAuthorization(process.env) : undefined;
  if (authorization !== undefined) process.stdout.write(exampleFor(app.url, authorization));
} catch (error) {
  // A signal during the start ends it, and stop() then ends the process.
  if (!(error instanceof StoppedWhileStarting)) fail(error);
}

/** Gives a request to paste into another terminal. */
function exampleFor(url: string, authorization: string): string {
  const body = JSON.stringify({
    type: 'job',
    title: 'Golf teacher',
    description: 'Teach.',
    applyUrl: 'https://example.org',
  });
  return `Try it:
curl -i ${url}/api/v1/opportunities -H 'Authorization: ${authorization}' -H 'Content-Type: application/json' \\
  -d '${body}'
`;
}

function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

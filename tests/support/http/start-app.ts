import type { ContainerModule } from 'inversify';
import { type App, startApp as startWith } from '../../../src/app.ts';
import { readConfig } from '../../../src/config/config.ts';
import { GENEROUS_LIMITS } from './generous-limits.ts';

export const TEST_SECRET = 'a-test-secret-that-is-long-enough-0123456789';

/** The whole service on a free port, with the given adapters in place of the production ones. */
export function startApp(...overrides: ContainerModule[]): Promise<App> {
  return startAppWith({}, ...overrides);
}

/** Starts the whole service with other settings. */
export function startAppWith(environment: Record<string, string>, ...overrides: ContainerModule[]): Promise<App> {
  const config = readConfig({
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/replaced_by_an_override',
    JWT_SECRET: TEST_SECRET,
    ...GENEROUS_LIMITS,
    ...environment,
  });
  return startWith(config, ...overrides);
}

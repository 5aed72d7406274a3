import { hostileTexts } from '../support/hostile-bodies.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { killAll, type ServiceProcess, startService } from '../support/service-process.ts';
import { createTestDatabase } from '../support/test-database.ts';

describe('hostile texts in bodies, stored by PostgreSQL', () => {
  let service: ServiceProcess;

  before(async () => {
    // No relay: nothing here is about events.
    service = await startService({ DATABASE_URL: await createTestDatabase(), ROLE: 'api' });
  });

  after(killAll);

  hostileTexts(HOSTILE_TEXTS, () => ({ url: service.url, now: new Date() }));
});

import { hostileNames, hostileTexts } from '../../support/http/hostile-bodies.ts';
import { HOSTILE_TEXTS, OWN_HOSTILE_TEXTS } from '../../support/http/hostile-texts.ts';
import { killAll, type ServiceProcess, startService } from '../../support/servers/service-process.ts';
import { createTestDatabase } from '../../support/servers/test-database.ts';

describe('hostile texts in bodies, stored by PostgreSQL', () => {
  let service: ServiceProcess;

  before(async () => {
    // No relay is needed, because these tests check no events.
    service = await startService({ DATABASE_URL: await createTestDatabase(), ROLE: 'api' });
  });

  after(killAll);

  const running = () => ({ url: service.url, now: new Date() });
  hostileTexts(HOSTILE_TEXTS, running);
  hostileNames(OWN_HOSTILE_TEXTS, running);
});

import { hostileNames, hostileTexts } from '../support/hostile-bodies.ts';
import { OWN_HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { type InMemoryService, startInMemoryService } from '../support/in-memory-service.ts';

describe('hostile texts in bodies', () => {
  let service: InMemoryService;

  before(async () => {
    service = await startInMemoryService();
  });

  after(() => service.app.stop());

  const running = () => ({ url: service.url, now: service.clock.now() });
  // The other ones, PostgreSQL gets.
  hostileTexts(OWN_HOSTILE_TEXTS, running);
  hostileNames(OWN_HOSTILE_TEXTS, running);
});

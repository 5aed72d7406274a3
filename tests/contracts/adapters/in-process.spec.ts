import { expect } from 'chai';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { BrokerHealth } from '#application/ports/operations/health';
import { NoBroker } from '#infrastructure/messaging/no-broker';
import { PinoLogger } from '#infrastructure/system/pino-logger';
import { rejection } from '../../support/system/rejection.ts';
import { loggerContract } from '../operations/logger.contract.ts';
import { PrometheusMetrics } from '#infrastructure/system/prometheus-metrics';
import { SystemClock } from '#infrastructure/system/system-clock';
import { SystemTimer } from '#infrastructure/system/system-timer';
import { UuidV7Generator } from '#infrastructure/system/uuid-v7-generator';
import { metricsContract, relayWakeUpContract, requestScopeContract } from '../operations/in-process.contract.ts';
import { clockContract, idGeneratorContract, timerContract } from '../system/system.contract.ts';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { TEST_SECRET } from '../../support/http/start-app.ts';
import { tokenSettings } from '../../support/tokens/token-settings.ts';
import { tokenVerifierContract } from '../tokens/token-verifier.contract.ts';

describe('SystemClock', () => {
  clockContract(
    () => new SystemClock(),
    () => Date.now(),
  );
});

describe('SystemTimer', () => {
  timerContract(
    () => new SystemTimer(),
    async (_timer, milliseconds) => {
      const begun = performance.now();
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      return performance.now() - begun;
    },
  );
});

describe('UuidV7Generator', () => {
  idGeneratorContract(() => new UuidV7Generator());

  it('puts the present time into its ids', () => {
    const before = Date.now();
    const id = new UuidV7Generator().next();
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).to.be.within(before, Date.now());
  });
});

describe('PrometheusMetrics', () => {
  metricsContract(() => new PrometheusMetrics());
});

describe('InProcessRelayWakeUp', () => {
  relayWakeUpContract(() => new InProcessRelayWakeUp());
});

describe('PinoLogger', () => {
  loggerContract(() => {
    const written: string[] = [];
    const logger = new PinoLogger('debug', new AsyncLocalRequestScope(), { write: (line) => void written.push(line) });
    return {
      logger,
      lines: () =>
        written.map((line) => {
          const { level, msg, time, ...fields } = JSON.parse(line) as Record<string, unknown>;
          expect(time).to.be.a('string');
          return { level: String(level), message: String(msg), fields };
        }),
    };
  });
});

describe('NoBroker', () => {
  const none = new NoBroker();

  it('publishes nothing, and says that a later attempt may succeed', async () => {
    expect(await rejection(none.publish())).to.be.instanceOf(BrokerUnavailable);
    expect(none.largestMessageBytes).to.be.greaterThan(0).and.at.most(none.batchLimit.bytes);
  });

  it('is neither up nor down, and has no shards', async () => {
    expect(await none.state()).to.equal('not configured');
    const health: BrokerHealth = none;
    expect(await health.shards()).to.equal(undefined);
  });

  it('has no user events', async () => {
    await none.read();
    await none.close();
  });
});

describe('AsyncLocalRequestScope', () => {
  requestScopeContract(() => new AsyncLocalRequestScope());
});

describe('SimpleJwtTokenVerifier', () => {
  tokenVerifierContract(() => ({
    verifier: new SimpleJwtTokenVerifier(tokenSettings(), new FixedClock(SOME_DAY)),
    now: SOME_DAY,
    // A missing role is left out, because a stock simplejwt has no such claim.
    issue: ({ type, role, startsInSeconds, isDated, ...options }) =>
      signDjangoToken({
        ...options,
        role,
        secret: TEST_SECRET,
        now: SOME_DAY,
        ...(type && { token_type: type }),
        ...(startsInSeconds !== undefined && { nbf: SOME_DAY.getTime() / 1000 + startsInSeconds }),
        ...(isDated === false && { iat: undefined }),
      }),
    forge: (token) => {
      const [header, payload, signature] = token.split('.') as [string, string, string];
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      const changed = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
      return [header, changed, signature].join('.');
    },
  }));
});

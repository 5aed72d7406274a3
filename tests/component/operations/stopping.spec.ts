import { once } from 'node:events';
import { createServer } from 'node:net';
import { MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import { ContainerModule, type ServiceIdentifier } from 'inversify';
import { BrokerHealth } from '#application/ports/operations/health';
import { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import { EventPublisher } from '#application/ports/outbox/event-publisher';
import { RevocationStore } from '#application/ports/tokens/revocation-store';
import { UserEvents } from '#application/ports/tokens/user-events';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/operations/notifying-relay-wake-up';
import { RateLimitPool } from '#infrastructure/persistence/postgres-rate-limiter';
import { RevocationPool } from '#infrastructure/persistence/tokens/postgres-revocation-store';
import { App, runMigrations, StoppedWhileStarting } from '../../../src/app.ts';
import { readConfig } from '../../../src/config/config.ts';
import { createContainer } from '../../../src/container.ts';
import { stopInStages } from '../../../src/stopping.ts';
import { startAppWith, TEST_SECRET } from '../../support/http/start-app.ts';
import { inMemoryPersistence } from '../../support/in-memory/in-memory-persistence.ts';
import { RecordingPublisher, recordingPublisher } from '../../support/outbox/recording-publisher.ts';
import { RecordingLogger, recordingLogger } from '../../support/system/recording-logger.ts';
import { rejection } from '../../support/system/rejection.ts';

const ENVIRONMENT = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'silent',
  DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
  JWT_SECRET: TEST_SECRET,
  KAFKA_BROKERS: '127.0.0.1:1',
  SHUTDOWN_TIMEOUT_SECONDS: '1',
};

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const fails = (error: Error) => () => Promise.reject(error);

/** An adapter without any use, which is built together with the port that it takes the place of. */
function closing<Port extends object>(
  token: ServiceIdentifier<Port>,
  adapter: Port,
  close: () => Promise<void> | void,
): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(token).toConstantValue(adapter).onDeactivation(close);
  });
}

const publisherThatCloses = (close: () => Promise<void> | void) =>
  closing(EventPublisher, new RecordingPublisher(), close);
const healthThatCloses = (close: () => Promise<void> | void) => closing(BrokerHealth, new RecordingPublisher(), close);

describe('stopping', () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  let others: NodeJS.UnhandledRejectionListener[];

  beforeEach(() => {
    others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
  });

  afterEach(async () => {
    await pause(5);
    process.removeAllListeners('unhandledRejection');
    for (const listener of others) process.on('unhandledRejection', listener);
    expect(unhandled.splice(0)).to.deep.equal([]);
  });

  const start = (...overrides: ContainerModule[]) =>
    startAppWith({ SHUTDOWN_TIMEOUT_SECONDS: '1' }, inMemoryPersistence(), recordingPublisher(), ...overrides);

  describe('a running service', () => {
    it('waits until every adapter has closed', async () => {
      let closed = 0;
      const slowly = async () => {
        await pause(120);
        closed += 1;
      };
      const app = await start(publisherThatCloses(slowly), healthThatCloses(slowly));
      await app.stop();
      expect(closed).to.equal(2);
    });

    it('rejects with the error of an adapter, and waits until the others have closed', async () => {
      const broken = new Error('the adapter does not close');
      let closed = false;
      const slowly = async () => {
        await pause(120);
        closed = true;
      };
      const app = await start(publisherThatCloses(fails(broken)), healthThatCloses(slowly));
      expect(await rejection(app.stop())).to.equal(broken);
      expect(closed).to.equal(true);
    });

    it('closes the others when an adapter throws before it returns a promise', async () => {
      const broken = new Error('the adapter throws');
      let closed = 0;
      const closes = () => {
        closed += 1;
      };
      const app = await start(
        publisherThatCloses(() => {
          throw broken;
        }),
        healthThatCloses(closes),
        closing(OpportunityCatalogue, { find: async () => undefined, list: fails(broken) }, closes),
      );
      expect(await rejection(app.stop())).to.equal(broken);
      expect(closed).to.equal(2);
    });

    it('rejects with all errors when several adapters fail', async () => {
      const errors = [new Error('one'), new Error('two')];
      const app = await start(publisherThatCloses(fails(errors[0]!)), healthThatCloses(fails(errors[1]!)));
      const error = (await rejection(app.stop())) as AggregateError;
      expect(error.errors).to.have.members(errors);
      expect(error.message).to.equal('2 parts failed to stop: Error: one; Error: two');
    });

    it('gives up after the time limit, names what still closes, and has closed the others', async () => {
      let closed = false;
      const app = await start(
        publisherThatCloses(() => pause(3000)),
        healthThatCloses(() => {
          closed = true;
        }),
      );
      const began = performance.now();
      const error = (await rejection(app.stop())) as Error;
      expect(error.message).to.equal('not everything stopped within 1000 ms: EventPublisher');
      expect(performance.now() - began).to.be.within(950, 2000);
      expect(closed).to.equal(true);
    });

    it('waits for a deactivation that a module registers for a token, and rejects with its error', async () => {
      const broken = new Error('the pool does not close');
      const module = (close: () => Promise<void>) =>
        new ContainerModule(({ rebind, onDeactivation }) => {
          rebind(EventPublisher).toConstantValue(new RecordingPublisher());
          onDeactivation(EventPublisher, close);
        });
      let closed = false;
      const slow = await start(
        module(async () => {
          await pause(120);
          closed = true;
        }),
      );
      await slow.stop();
      expect(closed).to.equal(true);
      const app = await start(module(fails(broken)));
      expect(await rejection(app.stop())).to.equal(broken);
    });

    it('stops the drivers before it closes adapters, and closes adapters even when a driver fails', async () => {
      const broken = new Error('the reader does not close');
      const order: string[] = [];
      const ended = Promise.withResolvers<undefined>();
      const reader: UserEvents = {
        read: () => ended.promise,
        close: async () => {
          await pause(50);
          ended.resolve(undefined);
          order.push('driver');
          throw broken;
        },
      };
      const app = await start(
        new ContainerModule(({ rebind }) => {
          rebind(UserEvents).toConstantValue(reader);
        }),
        publisherThatCloses(async () => {
          order.push(`adapter, ${await fetch(app.url).then(String, () => 'no server')}`);
        }),
      );
      expect(await rejection(app.stop())).to.equal(broken);
      expect(order).to.deep.equal(['driver', 'adapter, no server']);
    });

    it('stops once, however often it is asked', async () => {
      let closed = 0;
      const logger = new RecordingLogger();
      const app = await start(
        recordingLogger(logger),
        publisherThatCloses(async () => {
          await pause(20);
          closed += 1;
        }),
      );
      await Promise.all([app.stop(), app.stop()]);
      await app.stop();
      expect(closed).to.equal(1);
      expect(logger.lines.filter(({ message }) => message === 'the service has stopped')).to.have.length(1);
    });

    it('gives every caller the same error', async () => {
      const broken = new Error('the adapter does not close');
      const app = await start(publisherThatCloses(fails(broken)));
      expect(await Promise.all([rejection(app.stop()), rejection(app.stop())])).to.deep.equal([broken, broken]);
      expect(await rejection(app.stop())).to.equal(broken);
    });
  });

  describe('a service that starts', () => {
    const prepare = (environment: Record<string, string>, ...overrides: ContainerModule[]) =>
      new App(
        readConfig({ ...ENVIRONMENT, ...environment }),
        inMemoryPersistence(),
        recordingPublisher(),
        ...overrides,
      );
    const migrating = (run: () => Promise<string[]>, close: () => Promise<void>) =>
      closing(SchemaMigrations, { run, pending: async () => [] }, close);

    it('closes what it has opened when a step fails, waits for that, and keeps the reason of the failure', async () => {
      const reason = new Error('a migration fails');
      let closed = false;
      const app = prepare(
        {},
        migrating(fails(reason), async () => {
          await pause(120);
          closed = true;
        }),
      );
      expect(await rejection(app.start())).to.equal(reason);
      expect(closed).to.equal(true);
    });

    it('logs an adapter that does not close after a failure, and rejects with the failure', async () => {
      const reason = new Error('a migration fails');
      const broken = new Error('the adapter does not close');
      const logger = new RecordingLogger();
      const app = prepare({}, recordingLogger(logger), migrating(fails(reason), fails(broken)));
      expect(await rejection(app.start())).to.equal(reason);
      expect(logger.lines).to.deep.equal([
        { level: 'error', fields: { err: broken }, message: 'the service could not stop' },
      ]);
    });

    it('gives up closing after the time limit', async () => {
      const reason = new Error('a migration fails');
      const app = prepare(
        {},
        migrating(fails(reason), () => pause(3000)),
      );
      const began = performance.now();
      expect(await rejection(app.start())).to.equal(reason);
      expect(performance.now() - began).to.be.within(950, 2000);
    });

    it('closes its adapters when its port is taken', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as { port: number };
      let closed = false;
      const app = prepare(
        { PORT: String(port) },
        publisherThatCloses(async () => {
          await pause(50);
          closed = true;
        }),
      );
      expect(await rejection(app.start())).to.have.property('code', 'EADDRINUSE');
      expect(closed).to.equal(true);
      other.close();
    });

    it('ends its start after the present step when it is stopped, and closes what it has opened', async () => {
      const order: string[] = [];
      const app = prepare(
        {},
        migrating(
          async () => {
            await pause(80);
            order.push('migrated');
            return [];
          },
          async () => {
            await pause(20);
            order.push('closed');
          },
        ),
      );
      const starting = rejection(app.start());
      await pause(20);
      await app.stop();
      expect(order).to.deep.equal(['migrated', 'closed']);
      expect(await starting).to.be.instanceOf(StoppedWhileStarting);
      expect(app.url).to.equal('');
    });

    it('does not begin when it was stopped before', async () => {
      const app = prepare(
        {},
        migrating(fails(new Error('this step must not run')), async () => undefined),
      );
      await app.stop();
      expect(await rejection(app.start())).to.be.instanceOf(StoppedWhileStarting);
    });

    it('cannot be held up by a step when it is stopped: the time limit applies', async () => {
      const app = prepare(
        {},
        migrating(
          () => pause(1500).then(() => []),
          async () => undefined,
        ),
      );
      const starting = rejection(app.start());
      const error = (await rejection(app.stop())) as Error;
      expect(error.message).to.equal('not everything stopped within 1000 ms: the start');
      expect(await starting).to.be.instanceOf(StoppedWhileStarting);
    });

    it('waits for asynchronous activations, and gives their results to those who depend on them', async () => {
      const published = new RecordingPublisher();
      const app = prepare(
        {},
        new ContainerModule(({ rebind }) => {
          rebind(EventPublisher)
            .toConstantValue(new RecordingPublisher())
            .onActivation(async () => {
              await pause(50);
              return published;
            });
        }),
      );
      await app.start();
      expect(await app.container.getAsync(EventPublisher)).to.equal(published);
      await app.stop();
    });

    for (const place of ['binding', 'module'] as const)
      it(`rejects with the error of an asynchronous activation of a ${place}, and closes the other adapters`, async () => {
        const reason = new Error('the adapter cannot connect');
        let closed = false;
        const app = prepare(
          {},
          migrating(
            async () => [],
            async () => {
              await pause(20);
              closed = true;
            },
          ),
          new ContainerModule(({ rebind, onActivation }) => {
            const bound = rebind(EventPublisher).toConstantValue(new RecordingPublisher());
            if (place === 'binding') bound.onActivation(() => Promise.reject(reason));
            else onActivation(EventPublisher, () => Promise.reject(reason));
          }),
        );
        expect(await rejection(app.start())).to.equal(reason);
        expect(closed).to.equal(true);
      });

    it('closes its adapters when a worker cannot prepare', async () => {
      const reason = new Error('the revocations cannot be read');
      let closed = false;
      const store = { record: fails(reason), find: fails(reason), since: fails(reason) };
      const app = prepare(
        {},
        closing(RevocationStore, store, async () => {
          await pause(20);
          closed = true;
        }),
      );
      expect(await rejection(app.start())).to.equal(reason);
      expect(closed).to.equal(true);
    });
  });

  describe('the migrations alone', () => {
    const config = readConfig(ENVIRONMENT);
    const migrating = (run: () => Promise<string[]>, close: () => Promise<void>) =>
      runMigrations(config, closing(SchemaMigrations, { run, pending: async () => [] }, close));

    it('wait until the connections are closed', async () => {
      let closed = false;
      await migrating(
        async () => [],
        async () => {
          await pause(80);
          closed = true;
        },
      );
      expect(closed).to.equal(true);
    });

    it('reject with the reason of their failure, and with an own error when only closing fails', async () => {
      const reason = new Error('a migration fails');
      const broken = new Error('the adapter does not close');
      expect(await rejection(migrating(fails(reason), fails(broken)))).to.equal(reason);
      const error = (await rejection(migrating(async () => [], fails(broken)))) as Error;
      expect(error.message).to.equal('the migrations have run, but an adapter could not be closed');
      expect(error.cause).to.equal(broken);
    });
  });

  describe('every production adapter with connections', () => {
    const ADAPTERS: readonly [token: ServiceIdentifier<object>, method: 'close' | 'end'][] = [
      [MikroORM, 'close'],
      [NotifyingRelayWakeUp, 'close'],
      [RateLimitPool, 'end'],
      [RevocationPool, 'end'],
      [SchemaMigrations, 'close'],
      [EventPublisher, 'close'],
      [BrokerHealth, 'close'],
    ];

    for (const client of ['kafkajs', 'platformatic'])
      it(`is waited for, and its error is reported (KAFKA_CLIENT=${client})`, async () => {
        for (const [token, method] of ADAPTERS) {
          const container = createContainer(readConfig({ ...ENVIRONMENT, KAFKA_CLIENT: client }));
          const broken = new Error(`no end of ${String(token)}`);
          const adapter = container.get(token) as Record<string, () => Promise<void>>;
          const close = adapter[method]!.bind(adapter);
          let closed = false;
          adapter[method] = async () => {
            await close();
            await pause(20);
            closed = true;
            throw broken;
          };
          expect(await rejection(stopInStages([() => container.parts()], 1000)), String(token)).to.equal(broken);
          expect(closed).to.equal(true);
        }
      });
  });
});

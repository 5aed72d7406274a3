import { hostname } from 'node:os';
import { getActiveResourcesInfo } from 'node:process';
import type { MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import { type AbstractNewable, type Container, ContainerModule } from 'inversify';
import { type Logger as Pino, pino } from 'pino';
import ts from 'typescript';
import { CreateOpportunity } from '#application/opportunities/create-opportunity';
import { Clock } from '#application/ports/system/clock';
import { RevocationCache } from '#application/tokens/revocation-cache';
import { EventRetention } from '#application/ports/operations/event-retention';
import { BrokerHealth } from '#application/ports/operations/health';
import { Logger } from '#application/ports/operations/logger';
import { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import { RequestScope } from '#application/ports/operations/request-scope';
import { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import { BrokerUnavailable, EventPublisher } from '#application/ports/outbox/event-publisher';
import { OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { RevocationStore } from '#application/ports/tokens/revocation-store';
import { UserEvents } from '#application/ports/tokens/user-events';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/operations/notifying-relay-wake-up';
import { rejection } from '../support/system/rejection.ts';
import { KafkaEventPublisher } from '#infrastructure/messaging/kafka-event-publisher';
import { PlatformaticEventPublisher } from '#infrastructure/messaging/platformatic-event-publisher';
import { HttpServer } from '#interfaces/http/server/http-server';
import { RelayWorker } from '#interfaces/worker/relay-worker';
import { readConfig } from '../../src/config/config.ts';
import { createContainer } from '../../src/container.ts';
import { exportsOf, filesIn, heritage, PORTS, read, ROOT } from './source-tree.ts';

type Token = AbstractNewable<object>;

/** Ports that the unit of work hands out, one of each for a transaction. No container binds them. */
const INSIDE_A_TRANSACTION = ['IdempotencyKeys', 'OpportunityRepository', 'Outbox'];

/** The port that each fetch of the queue returns. */
const FETCHED = ['OutboxBatch'];

/** Use cases of the outbox commands and their parts, which commands.ts wires. */
const IN_COMMANDS = ['ReplayEvents', 'RetainedSpan', 'VerifyTopic'];

/** Ports of the doctor, which works without a container because its configuration may not be valid. */
const FOR_THE_DOCTOR = ['BrokerDiagnosis', 'DatabaseDiagnosis'];

/** Ports of the outbox commands, which have no container either. */
const FOR_OPERATORS = [
  'EventReplay',
  'OutboxOverview',
  'ParkedMessages',
  'RelayPause',
  'RetainedEvents',
  'Timer',
  'TopicReader',
];
const ELSEWHERE = [...INSIDE_A_TRANSACTION, ...FETCHED, ...FOR_THE_DOCTOR, ...FOR_OPERATORS];

const environment = {
  DATABASE_URL: 'postgresql://opportunities:secret@database.invalid:5432/opportunities',
  JWT_SECRET: 'e0Yw3vKq8bTzN5xRj2LdPfHs7mCgUa9i',
  KAFKA_BROKERS: 'kafka.invalid:9092',
  LOG_LEVEL: 'silent',
};
const production = readConfig(environment);

const ports = await classes([...PORTS].filter(([name]) => !ELSEWHERE.includes(name)));
/** The classes of the application that are neither ports nor errors; an error extends another class. */
const useCases = await classes(
  filesIn('src/application')
    .filter((file) => !/^src\/application\/(messages|ports)\//.test(file))
    .flatMap((file) =>
      exportsOf(read(file)).flatMap(({ name, node }) =>
        ts.isClassDeclaration(node) && heritage(node, ts.SyntaxKind.ExtendsKeyword).length === 0
          ? [[name, file] as const]
          : [],
      ),
    )
    .filter(([name]) => !IN_COMMANDS.includes(name)),
);
const everything = [...ports, ...useCases, HttpServer, RelayWorker];

describe('the production container', () => {
  it('binds all ports, use cases and drivers', () => {
    expect(ports)
      .to.include(Clock)
      .and.to.have.length(PORTS.size - ELSEWHERE.length);
    expect(useCases).to.include(CreateOpportunity);
    expect(missing(createContainer(production), everything)).to.deep.equal([]);
  });

  it('gives the revocation cache a clock', () => {
    expect(createContainer(production).get(RevocationCache).state()).to.equal('stale');
  });

  it('has one instance of each class', () => {
    const container = createContainer(production);
    expect(everything.filter((token) => container.get(token) !== container.get(token))).to.deep.equal([]);
  });

  it('publishes with the Kafka client that the settings name', () => {
    const publisher = (KAFKA_CLIENT: string) =>
      createContainer(readConfig({ ...environment, KAFKA_CLIENT })).get(EventPublisher);
    expect(publisher('')).to.be.instanceOf(KafkaEventPublisher);
    expect(publisher('platformatic')).to.be.instanceOf(PlatformaticEventPublisher);
  });

  describe('gives the adapters', () => {
    const container = (changes: Record<string, string> = {}) =>
      createContainer(readConfig({ ...environment, ...changes }));
    /** A private field. Only the field shows which part an adapter was given, as long as no server is there. */
    const partOf = (from: Container, token: Token, field: string) => Reflect.get(from.get(token), field) as unknown;

    it('the settings that belong to them', () => {
      const retaining = container({ OUTBOX_RETENTION_HOURS: '7', JWT_MAX_LIFETIME_SECONDS: '1234' });
      expect(partOf(retaining, EventRetention, 'retentionHours')).to.equal(7);
      // Revocations are stored for an hour more than the longest lifetime of a token.
      expect(partOf(retaining, RevocationStore, 'storedSeconds')).to.equal(1234 + 3600);
      expect(partOf(retaining, OutboxQueue, 'relay')).to.deep.equal({
        owner: `${hostname()}:${process.pid}:${Math.round(performance.timeOrigin)}`,
        keepsPublished: true,
      });
      const forgetting = container({ OUTBOX_RETENTION_HOURS: '0' });
      expect(partOf(forgetting, OutboxQueue, 'relay')).to.include({ keepsPublished: false });
      const topics = container({ KAFKA_TOPIC: 'events-of-a-test', KAFKA_USER_EVENTS_TOPIC: 'users-of-a-test' });
      expect(partOf(topics, EventPublisher, 'topic')).to.equal('events-of-a-test');
      expect(partOf(topics, BrokerHealth, 'topic')).to.equal('events-of-a-test');
      expect(partOf(topics, UserEvents, 'topic')).to.equal('users-of-a-test');
    });

    it('the parts that belong to them', () => {
      const whole = container();
      expect(partOf(whole, UnitOfWork, 'wakeUp')).to.be.instanceOf(NotifyingRelayWakeUp);
      expect(partOf(whole, UnitOfWork, 'requests')).to.equal(whole.get(RequestScope));
      expect(partOf(whole, UnitOfWork, 'largestMessageBytes')).to.equal(whole.get(EventPublisher).largestMessageBytes);
      expect(partOf(whole, OutboxQueue, 'wakeUp')).to.equal(whole.get(RelayWakeUp));
      const timeout = (token: Token) =>
        (partOf(whole, token, 'orm') as MikroORM).config.get<'driverOptions', { statement_timeout?: number }>(
          'driverOptions',
        );
      expect(timeout(UnitOfWork).statement_timeout).to.be.greaterThan(0);
      expect(timeout(SchemaMigrations).statement_timeout, 'a migration may take long').to.equal(0);
    });

    it('the log level, and the request that the code serves', () => {
      const logging = container({ LOG_LEVEL: 'warn' });
      const logger = partOf(logging, Logger, 'pino') as Pino;
      expect(logger.level).to.equal('warn');
      const mixin = Reflect.get(logger, Reflect.get(pino.symbols, 'mixinSym')) as () => object;
      const identity = { requestId: 'one', traceparent: '00-one' };
      expect(logging.get(RequestScope).run(identity, () => mixin())).to.deep.equal(identity);
    });

    it('no broker when none is set', async () => {
      const without = container({ NODE_ENV: 'development', KAFKA_BROKERS: '' });
      expect(await without.get(BrokerHealth).state()).to.equal('not configured');
      expect(await rejection(without.get(EventPublisher).publish([]))).to.be.instanceOf(BrokerUnavailable);
    });
  });

  it('opens no connection until it is used', () => {
    const before = getActiveResourcesInfo();
    missing(createContainer(production), everything);
    expect(getActiveResourcesInfo()).to.deep.equal(before);
  });

  it('leaves the ports of a replaced part unbound, so that a service which forgets one does not start', () => {
    const nothing = createContainer(readConfig({}, ['database', 'kafka', 'tokens']));
    expect(missing(nothing, ports)).to.include.members(['UnitOfWork', 'OutboxQueue', 'RateLimiter', 'TokenVerifier']);
    expect(missing(createContainer(readConfig(environment, ['tokens'])), ports)).to.deep.equal(['TokenVerifier']);
  });

  it('reports every class that a missing binding affects', () => {
    const takeAwayTheClock = new ContainerModule(({ unbind }) => {
      unbind(Clock);
    });
    const left = createContainer(production, takeAwayTheClock);
    expect(missing(left, everything)).to.include.members(['Clock', 'TokenVerifier', 'CreateOpportunity', 'HttpServer']);
    expect(missing(left, everything)).not.to.include('RelayOutbox');
  });
});

function missing(container: Container, tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    try {
      return container.get(token) instanceof Object ? [] : token.name;
    } catch {
      return token.name;
    }
  });
}

/** The classes by name and file. */
async function classes(named: readonly (readonly [name: string, file: string])[]): Promise<Token[]> {
  return Promise.all(
    named.map(async ([name, file]) => {
      const exported = (await import(`${ROOT}${file}`)) as Record<string, Token>;
      return exported[name]!;
    }),
  );
}

import { getActiveResourcesInfo } from 'node:process';
import { expect } from 'chai';
import { type AbstractNewable, type Container, ContainerModule } from 'inversify';
import ts from 'typescript';
import { CreateOpportunity } from '#application/opportunities/create-opportunity';
import { Clock } from '#application/ports/system/clock';
import { TokenRevocations } from '#application/ports/tokens/token-revocations';
import { EventPublisher } from '#application/ports/outbox/event-publisher';
import { KafkaEventPublisher } from '#infrastructure/messaging/kafka-event-publisher';
import { PlatformaticEventPublisher } from '#infrastructure/messaging/platformatic-event-publisher';
import { HttpServer } from '#interfaces/http/server/http-server';
import { OutboxWorker } from '#interfaces/worker/outbox-worker';
import { readConfig } from '../../src/config/config.ts';
import { createContainer } from '../../src/container.ts';
import { exportsOf, PORTS, read, ROOT, SOURCE_FILES } from './source-tree.ts';

type Token = AbstractNewable<object>;

/** Handed out by the unit of work, one of each for a transaction: no container knows them. */
const INSIDE_A_TRANSACTION = ['IdempotencyKeys', 'OpportunityRepository', 'Outbox'];

/** Asked by the doctor, which has no container: it works without a valid configuration. */
const LOOKING_AT_WHAT_IS_WRONG = ['BrokerDiagnosis', 'DatabaseDiagnosis'];

/** Asked by the commands of the outbox, which have none either. */
const FOR_OPERATORS = ['OutboxAdministration', 'RetainedEvents', 'TopicReader'];
const ELSEWHERE = [...INSIDE_A_TRANSACTION, ...LOOKING_AT_WHAT_IS_WRONG, ...FOR_OPERATORS];

const environment = {
  DATABASE_URL: 'postgresql://opportunities:secret@database.invalid:5432/opportunities',
  JWT_SECRET: 'e0Yw3vKq8bTzN5xRj2LdPfHs7mCgUa9i',
  KAFKA_BROKERS: 'kafka.invalid:9092',
  LOG_LEVEL: 'silent',
};
const production = readConfig(environment);

const ports = await classes([...PORTS].filter(([name]) => !ELSEWHERE.includes(name)));
const useCases = await classes(
  SOURCE_FILES.filter((file) => /^src\/application\/(opportunities|outbox|tokens)\//.test(file)).flatMap((file) =>
    exportsOf(read(file)).flatMap(({ name, node }) => (ts.isClassDeclaration(node) ? [[name, file] as const] : [])),
  ),
);
const everything = [...ports, ...useCases, HttpServer, OutboxWorker];

describe('the production container', () => {
  it('has everything: ports, use cases, and what drives them', () => {
    expect(ports)
      .to.include(Clock)
      .and.to.have.length(PORTS.size - ELSEWHERE.length);
    expect(useCases).to.include(CreateOpportunity);
    expect(missing(createContainer(production), everything)).to.deep.equal([]);
  });

  it('gives the copy of the revocations a clock', () => {
    expect(createContainer(production).get(TokenRevocations).state()).to.equal('stale');
  });

  it('has one of each', () => {
    const container = createContainer(production);
    expect(everything.filter((token) => container.get(token) !== container.get(token))).to.deep.equal([]);
  });

  it('publishes with the Kafka client that the settings name', () => {
    const publisher = (KAFKA_CLIENT: string) =>
      createContainer(readConfig({ ...environment, KAFKA_CLIENT })).get(EventPublisher);
    expect(publisher('')).to.be.instanceOf(KafkaEventPublisher);
    expect(publisher('platformatic')).to.be.instanceOf(PlatformaticEventPublisher);
  });

  it('opens nothing until it is used', () => {
    const before = getActiveResourcesInfo();
    missing(createContainer(production), everything);
    expect(getActiveResourcesInfo()).to.deep.equal(before);
  });

  it('lacks what a module takes away, and whatever needs it', () => {
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

/** The classes themselves, by name and file. */
async function classes(named: readonly (readonly [name: string, file: string])[]): Promise<Token[]> {
  return Promise.all(
    named.map(async ([name, file]) => {
      const exported = (await import(`${ROOT}${file}`)) as Record<string, Token>;
      return exported[name]!;
    }),
  );
}

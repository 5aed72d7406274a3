import { expect } from 'chai';
import ts from 'typescript';
import { classesIn, exportsOf, filesIn, heritage, identifiersIn, nodesIn, parse, PORTS, read } from './source-tree.ts';

const ROUTES = 'src/interfaces/http/opportunities/opportunity-routes.ts';
const CREATE = 'src/application/opportunities/create-opportunity.ts';
const OPPORTUNITY = 'src/domain/opportunities/opportunity.ts';
const MESSAGE = 'src/application/messages/opportunity-events-v1.ts';
const UNIT_OF_WORK = 'src/infrastructure/persistence/postgres-unit-of-work.ts';
const OUTBOX_TABLE = 'src/infrastructure/persistence/outbox/postgres-outbox.ts';
const RELAY = 'src/application/outbox/relay-outbox.ts';
const PUBLISHER = 'src/infrastructure/messaging/kafka-event-publisher.ts';
const STEPS = [ROUTES, CREATE, OPPORTUNITY, MESSAGE, UNIT_OF_WORK, OUTBOX_TABLE, RELAY, PUBLISHER];

describe('docs/follow-one-request.md', () => {
  it('leads through eight files, in the order in which a request meets them', () => {
    const links = read('docs/follow-one-request.md').matchAll(/\]\(\.\.\/(src\/[^)#\s]+)/g);
    expect([...new Set([...links].map(([, file]) => file))]).to.deep.equal(STEPS);
  });

  it('tells of calls that are in the code: an earlier step names each step or the port that it implements', () => {
    expect(unannounced(STEPS.filter((file) => file !== RELAY && file !== PUBLISHER))).to.deep.equal([]);
    expect(unannounced([RELAY, PUBLISHER])).to.deep.equal([]);
  });

  it('tells of facts: the domain returns what the message is made of', () => {
    expect(identifiersIn(read(OPPORTUNITY))).to.include('OpportunityCreated');
    expect(identifiersIn(read(MESSAGE))).to.include('OpportunityCreated');
  });

  it('tells of a table: nobody calls the relay, which empties what the unit of work fills', () => {
    expect(unannounced(STEPS)).to.deep.equal([RELAY]);
    const queues = filesIn('src/infrastructure').filter((file) => announces(RELAY, file) && file !== PUBLISHER);
    expect(textsIn(OUTBOX_TABLE)).to.include('INSERT INTO outbox ');
    expect(queues.map(textsIn).join()).to.include('DELETE FROM outbox ');
  });

  it('would not pass with a step left out', () => {
    const without = (left: string) => unannounced(STEPS.filter((file) => file !== left));
    expect(without(CREATE)).to.deep.equal([OPPORTUNITY, MESSAGE, UNIT_OF_WORK, RELAY]);
    expect(without(UNIT_OF_WORK)).to.deep.equal([OUTBOX_TABLE, RELAY]);
    expect(without(RELAY)).to.deep.equal([PUBLISHER]);
  });
});

/** The steps, except the first, that no step before them announces. */
function unannounced(steps: readonly string[]): string[] {
  return steps.filter((step, n) => n > 0 && !steps.slice(0, n).some((earlier) => announces(earlier, step)));
}

/** Whether a file names what another exports, types apart, or a port that the other implements. */
function announces(file: string, other: string): boolean {
  const source = read(other);
  const exported = exportsOf(source).flatMap(({ name, node }) => (ts.isTypeAliasDeclaration(node) ? [] : name));
  const ports = classesIn(source).flatMap((node) => heritage(node, ts.SyntaxKind.ImplementsKeyword));
  const named = identifiersIn(read(file));
  return [...exported, ...ports.filter((name) => PORTS.has(name))].some((name) => named.has(name));
}

function textsIn(file: string): string {
  return nodesIn(parse(read(file)))
    .flatMap((node) => (ts.isStringLiteralLike(node) ? node.text : []))
    .join('\n');
}

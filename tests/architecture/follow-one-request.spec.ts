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
const PAGE = 'docs/architects/follow-one-request.md';
const STEPS = [ROUTES, CREATE, OPPORTUNITY, MESSAGE, UNIT_OF_WORK, OUTBOX_TABLE, RELAY, PUBLISHER];

describe(PAGE, () => {
  it('leads through eight files, in the order in which a request meets them', () => {
    const links = read(PAGE).matchAll(/\]\(\.\.\/\.\.\/(src\/[^)#\s]+)/g);
    expect([...new Set([...links].map(([, file]) => file))]).to.deep.equal(STEPS);
  });

  it('quotes code from each of these files, and each quotation is in its file', () => {
    const snippets = snippetsIn(read(PAGE));
    expect([...new Set(snippets.map(({ file }) => file))]).to.deep.equal(STEPS);
    expect(snippets.filter(({ file, text }) => !quotes(text, read(file)))).to.deep.equal([]);
  });

  it('fails on a snippet that is altered, is in another order, or leaves out lines without a sign', () => {
    const source = 'const a = 1;\n\n  const b = a + 1;\nreturn b;\n';
    expect(quotes('const a = 1;\nconst b = a + 1;', source)).to.equal(true);
    expect(quotes('const a = 1;\n…\nreturn b;', source)).to.equal(true);
    expect(quotes('const a = 1;\n…\nreturn a;', source)).to.equal(false);
    expect(quotes('return b;\n…\nconst a = 1;', source)).to.equal(false);
    expect(quotes('const a = 1;\nreturn b;', source)).to.equal(false);
    for (const { file, text } of snippetsIn(read(PAGE)))
      expect(quotes(text.replace(/\w+/, '$&Altered'), read(file)), file).to.equal(false);
  });

  it('shows calls that the code makes: each step, or the port that it implements, is named in an earlier step', () => {
    expect(unannounced(STEPS.filter((file) => file !== RELAY && file !== PUBLISHER))).to.deep.equal([]);
    expect(unannounced([RELAY, PUBLISHER])).to.deep.equal([]);
  });

  it('shows where the event comes from: the domain returns it, and the message is made from it', () => {
    expect(identifiersIn(read(OPPORTUNITY))).to.include('OpportunityCreated');
    expect(identifiersIn(read(MESSAGE))).to.include('OpportunityCreated');
  });

  it('shows that a table connects the two halves: no step calls the relay, which deletes the rows that the unit of work inserts', () => {
    expect(unannounced(STEPS)).to.deep.equal([RELAY]);
    const queues = filesIn('src/infrastructure').filter((file) => announces(RELAY, file) && file !== PUBLISHER);
    expect(textsIn(OUTBOX_TABLE)).to.include('INSERT INTO outbox ');
    expect(queues.map(textsIn).join()).to.include('DELETE FROM outbox ');
  });

  it('fails on a walk without one of its steps', () => {
    const without = (left: string) => unannounced(STEPS.filter((file) => file !== left));
    expect(without(CREATE)).to.deep.equal([OPPORTUNITY, MESSAGE, UNIT_OF_WORK, RELAY]);
    expect(without(UNIT_OF_WORK)).to.deep.equal([OUTBOX_TABLE, RELAY]);
    expect(without(RELAY)).to.deep.equal([PUBLISHER]);
  });
});

type Snippet = { readonly file: string; readonly text: string };

/** The fenced blocks of a page; the word behind the language is the file that a block quotes. */
function snippetsIn(page: string): Snippet[] {
  return [...page.matchAll(/^```\w+ ?(.*)\n([\s\S]*?)^```$/gm)].map(([, file, text]) => ({ file: file!, text: text! }));
}

/** Whether the parts of a snippet between two … are in the source, in this order. White space does not count. */
function quotes(snippet: string, source: string): boolean {
  const code = inOneLine(source);
  let end = 0;
  return snippet.split('…').every((part) => {
    const wanted = inOneLine(part);
    const start = code.indexOf(wanted, end);
    end = start + wanted.length;
    return start >= 0;
  });
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

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

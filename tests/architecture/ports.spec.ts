import { expect } from 'chai';
import ts from 'typescript';
import { filesIn, nodesIn, parse, PORTS, portsOf, read, SOURCE_FILES } from './source-tree.ts';

type Sources = ReadonlyMap<string, string>;

const FOLDER = 'src/application/ports/';
const OPERATIONS = `${FOLDER}operations/`;
/** Ports that a driver may use directly: those of operations, and those of system, which decide nothing. */
const FREE_FOR_DRIVERS = [OPERATIONS, `${FOLDER}system/`];

const ofSrc: Sources = new Map(SOURCE_FILES.map((file) => [file, read(file)]));

describe('the ports', () => {
  it('lie outside of ports/operations only if a use case needs them', () => {
    expect(needlessPorts(ofSrc)).to.deep.equal([]);
  });

  for (const [violation, file, source] of [
    ['a port that nobody uses', 'tokens/oracle.ts', 'export abstract class Oracle { abstract ask(): void }'],
    [
      'a second port in the file of a used one',
      'system/clock.ts',
      'export abstract class Oracle { abstract ask(): void }',
    ],
  ] as const)
    it(`that rule finds ${violation}`, () => {
      const path = FOLDER + file;
      const spoiled = new Map([...ofSrc, [path, `${ofSrc.get(path) ?? ''}\n${source}`]]);
      expect(needlessPorts(spoiled)).to.deep.equal(['Oracle']);
    });

  it('that rule counts ports that a use case gets from another port, and finds those that only drivers import', () => {
    const onlyPorts = new Map([...ofSrc].filter(([file]) => file.startsWith(FOLDER)));
    const creating = 'src/application/opportunities/create-opportunity.ts';
    const needless = needlessPorts(new Map([...onlyPorts, [creating, read(creating)]]));
    expect(needless).to.include.members(['ChangeFeed', 'OutboxQueue', 'TokenVerifier']);
    for (const used of ['UnitOfWork', 'OpportunityRepository', 'Outbox', 'IdempotencyKeys', 'Clock'])
      expect(needless).not.to.include(used);
  });

  describe('of use cases', () => {
    const drivers = [...filesIn('src/interfaces'), 'src/app.ts', 'src/main.ts'];

    it('are reached by drivers through use cases alone', () => {
      expect(drivers.flatMap((file) => bypasses(read(file)).map((name) => `${file}: ${name}`))).to.deep.equal([]);
    });

    for (const source of [
      `import { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';`,
      `import type { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';`,
      `import { type ChangeFeed as Feed } from '#application/ports/opportunities/change-feed';`,
      `import * as verifier from '#application/ports/tokens/token-verifier';`,
      `import type { OutboxQueue } from '../../application/ports/outbox/outbox-queue.ts';`,
      `type Queue = import('#application/ports/outbox/outbox-queue').OutboxQueue;`,
      `type Everything = typeof import('#application/ports/outbox/outbox-queue');`,
      `const port = await import('#application/ports/tokens/revocation-store');`,
      `export { UnitOfWork } from '#application/ports/opportunities/unit-of-work';`,
    ])
      it(`that rule refuses ${source}`, () => {
        expect(bypasses(source)).to.have.length(1);
      });

    for (const source of [
      `import { TokenRejected } from '#application/ports/tokens/token-verifier';`,
      `import { LIST_ORDERS, type ListPosition } from '#application/ports/opportunities/opportunity-catalogue';`,
      `import { Clock } from '#application/ports/system/clock';`,
      `import { OutboxOverview } from '#application/ports/operations/outbox-overview';`,
      `import { Authenticate } from '#application/tokens/authenticate';`,
      `// import { ChangeFeed } from '#application/ports/opportunities/change-feed';`,
    ])
      it(`that rule allows ${source}`, () => {
        expect(bypasses(source)).to.deep.equal([]);
      });
  });
});

/** Ports outside of ports/operations that no use case imports, and that no port of a use case gives to it. */
function needlessPorts(sources: Sources): string[] {
  const ports = new Map(
    [...sources]
      .filter(([file]) => file.startsWith(FOLDER) && !file.startsWith(OPERATIONS))
      .flatMap(([file, source]) => portsOf(source).map((name) => [name, file] as const)),
  );
  const used = new Set<string>();
  const use = (source: string) => {
    for (const { names } of importsIn(source))
      for (const name of names) {
        const file = ports.get(name);
        if (file === undefined || used.has(name)) continue;
        used.add(name);
        use(sources.get(file) ?? '');
      }
  };
  for (const [file, source] of sources) if (/^src\/application\/(?!ports\/|messages\/)/.test(file)) use(source);
  return [...ports.keys()].filter((name) => !used.has(name));
}

/** The ports of use cases that a driver imports. Errors, types and constants of the same files are no ports. */
function bypasses(source: string): string[] {
  return importsIn(source).flatMap(({ from, names, isWhole }) => {
    const file = `src/${from.replace(/^(#|(\.\.?\/)+)/, '').replace(/\.ts$/, '')}.ts`;
    if (!file.startsWith(FOLDER) || FREE_FOR_DRIVERS.some((folder) => file.startsWith(folder))) return [];
    return isWhole ? [from] : names.filter((name) => PORTS.get(name) === file);
  });
}

/** An import with the names that it takes; `isWhole` when it takes the whole file. */
type Import = { readonly from: string; readonly names: readonly string[]; readonly isWhole: boolean };

function importsIn(source: string): Import[] {
  return nodesIn(parse(source)).flatMap((node): Import[] => {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      const names = bindings && ts.isNamedImports(bindings) ? bindings.elements.map(originalName) : [];
      const isWhole = bindings !== undefined && ts.isNamespaceImport(bindings);
      return [{ from: textOf(node.moduleSpecifier), names, isWhole }];
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      const clause = node.exportClause;
      const names = clause && ts.isNamedExports(clause) ? clause.elements.map(originalName) : [];
      return [{ from: textOf(node.moduleSpecifier), names, isWhole: names.length === 0 }];
    }
    if (ts.isImportTypeNode(node)) {
      const names = node.qualifier ? [node.qualifier.getText()] : [];
      return [{ from: textOf(node.argument), names, isWhole: names.length === 0 }];
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      return node.arguments.slice(0, 1).map((from) => ({ from: textOf(from), names: [], isWhole: true }));
    return [];
  });
}

function originalName({ propertyName, name }: ts.ImportSpecifier | ts.ExportSpecifier): string {
  return (propertyName ?? name).text;
}

/** The text of a literal, without its quotes. */
function textOf(node: ts.Node): string {
  return node.getText().slice(1, -1);
}

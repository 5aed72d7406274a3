import { globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { nodesIn, parse, read, ROOT } from './source-tree.ts';

/** Programs wire adapters with the service, as src/main.ts does. */
const PROGRAMS = ['examples/adapters/start.ts', 'examples/adapters/sqlite/outbox-commands.ts'];
const ADAPTERS = globSync('examples/adapters/**/*.ts', { cwd: ROOT }).filter((file) => !PROGRAMS.includes(file));

/** What an adapter may import of src/: folders, by their aliases, and the guard that every unit of work shares. */
const INWARD = /^#(domain\/|application\/(ports|messages)\/|infrastructure\/persistence\/transaction-guard$)/;

describe('the example adapters', () => {
  it('import what an adapter of src/ may import: the domain, ports, messages, and nothing of another adapter', () => {
    expect(ADAPTERS).to.include('examples/adapters/sqlite/sqlite.module.ts');
    expect(PROGRAMS.filter((file) => globSync(file, { cwd: ROOT }).length === 0)).to.deep.equal([]);
    expect(ADAPTERS.flatMap((file) => strangersIn(file, read(file)))).to.deep.equal([]);
  });

  it('would not pass with an import of a use case, an adapter, a package or a file outside of their folder', () => {
    const file = 'examples/adapters/sqlite/outbox/queue.ts';
    const imports = (path: string) => strangersIn(file, `import { x } from '${path}';`);
    for (const path of [
      '#application/opportunities/create-opportunity',
      '#infrastructure/system/system-clock',
      '#interfaces/http/server/http-server',
      'pg',
      'inversify',
      '../../webhook/webhook.module.ts',
      '../../../../src/app.ts',
    ])
      expect(imports(path), path).to.deep.equal([`${file}: ${path}`]);
    for (const path of ['#application/ports/outbox/outbox', '#domain/actor', 'node:sqlite', '../sqlite-database.ts'])
      expect(imports(path), path).to.deep.equal([]);
    expect(strangersIn(file, "const { x } = await import('pg'); export * from 'pg';")).to.have.length(2);
    expect(strangersIn('examples/adapters/sqlite/sqlite.module.ts', "import { x } from 'inversify';")).to.deep.equal(
      [],
    );
  });
});

function strangersIn(file: string, source: string): string[] {
  const [folder] = /^examples\/adapters\/[^/]+\//.exec(file) ?? [];
  return importsOf(source)
    .filter((path) => {
      if (path.startsWith('.')) return !normalize(join(dirname(file), path)).startsWith(String(folder));
      if (path === 'inversify') return !file.endsWith('.module.ts');
      return !path.startsWith('node:') && !INWARD.test(path);
    })
    .map((path) => `${file}: ${path}`);
}

function importsOf(source: string): string[] {
  return nodesIn(parse(source)).flatMap((node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node))
      return node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : [];
    const isImport = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    return isImport ? node.arguments.map((argument) => (ts.isStringLiteral(argument) ? argument.text : '')) : [];
  });
}

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Paths of all files below src/, e.g. src/domain/actor.ts. */
export const SOURCE_FILES = globSync('src/**/*.ts', { cwd: ROOT }).sort();

export function filesIn(folder: string): string[] {
  return SOURCE_FILES.filter((file) => file.startsWith(`${folder}/`));
}

export function read(file: string): string {
  return readFileSync(`${ROOT}${file}`, 'utf8');
}

export function parse(source: string): ts.SourceFile {
  return ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
}

/** A syntax node and all nodes within it. Comments are not nodes. */
export function nodesIn(node: ts.Node): ts.Node[] {
  const inner: ts.Node[] = [];
  ts.forEachChild(node, (child) => void inner.push(...nodesIn(child)));
  return [node, ...inner];
}

export function identifiersIn(source: string): Set<string> {
  return new Set(nodesIn(parse(source)).flatMap((node) => (ts.isIdentifier(node) ? node.text : [])));
}

export function isMarked(node: ts.Node, keyword: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === keyword);
}

/** Names of the classes, types, functions and constants that a file exports. */
export function exportsOf(source: string): { name: string; node: ts.Statement }[] {
  return parse(source).statements.flatMap((node): { name: string; node: ts.Statement }[] => {
    if (!isMarked(node, ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(node))
      return node.declarationList.declarations.map(({ name }) => ({ name: name.getText(), node }));
    const declared = ts.isClassDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isTypeAliasDeclaration(node);
    return declared && node.name ? [{ name: node.name.text, node }] : [];
  });
}

export function classesIn(source: string): ts.ClassDeclaration[] {
  return nodesIn(parse(source)).filter(ts.isClassDeclaration);
}

/** The names after `extends` or after `implements`. */
export function heritage(node: ts.ClassDeclaration, keyword: ts.SyntaxKind): string[] {
  return (node.heritageClauses ?? [])
    .filter(({ token }) => token === keyword)
    .flatMap(({ types }) => types.map(({ expression }) => expression.getText()));
}

/** Names of the ports in a file: exported abstract classes without a parent class. Errors have one, so they are no ports. */
export function portsOf(source: string): string[] {
  return exportsOf(source).flatMap(({ name, node }) =>
    ts.isClassDeclaration(node) &&
    isMarked(node, ts.SyntaxKind.AbstractKeyword) &&
    heritage(node, ts.SyntaxKind.ExtendsKeyword).length === 0
      ? name
      : [],
  );
}

/** All ports, each with the file that exports it. */
export const PORTS = new Map(
  filesIn('src/application/ports').flatMap((file) => portsOf(read(file)).map((port) => [port, file] as const)),
);

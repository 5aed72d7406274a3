import ts from 'typescript';
import { nodesIn } from './source-tree.ts';

/** An identifier that no declaration of its file defines: a global of the language, of Node or of a browser. */
export type GlobalUse = { readonly name: string; readonly node: ts.Identifier; readonly kind: 'value' | 'type' };

const OPTIONS: ts.CompilerOptions = {
  noLib: true,
  noResolve: true,
  types: [],
  target: ts.ScriptTarget.Latest,
  module: ts.ModuleKind.ESNext,
  // Otherwise the declarations of a file without imports would count for all files.
  moduleDetection: ts.ModuleDetectionKind.Force,
};

export type SourceFiles = ReadonlyMap<string, ts.SourceFile>;

/** Parses sources, and finds the globals of each with the scopes of the compiler: it knows shadowing, types and property names. */
export function analysed(
  sources: ReadonlyMap<string, string>,
): Map<string, { file: ts.SourceFile; globals: GlobalUse[] }> {
  const files: SourceFiles = new Map(
    [...sources].map(([path, source]) => [
      `/${path}`,
      ts.createSourceFile(`/${path}`, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS),
    ]),
  );
  const host: ts.CompilerHost = {
    getSourceFile: (name) => files.get(name),
    getDefaultLibFileName: () => '',
    writeFile: () => undefined,
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (name) => files.has(name),
    readFile: () => undefined,
  };
  const checker = ts.createProgram([...files.keys()], OPTIONS, host).getTypeChecker();
  return new Map([...files].map(([name, file]) => [name.slice(1), { file, globals: globalsIn(file, checker) }]));
}

function globalsIn(file: ts.SourceFile, checker: ts.TypeChecker): GlobalUse[] {
  return nodesIn(file)
    .filter(ts.isIdentifier)
    .filter(isReference)
    .flatMap((node): GlobalUse[] => {
      const kind = isTypePosition(node) ? 'type' : 'value';
      // An export hands on whatever has the name.
      const meanings = MEANINGS[ts.isExportSpecifier(node.parent) ? 'either' : kind];
      const isDeclared = meanings.some((meaning) =>
        isDeclaredHere(checker.resolveName(node.text, node, meaning, false)),
      );
      return isDeclared ? [] : [{ name: node.text, node, kind }];
    });
}

const { Alias, Namespace, Type, Value } = ts.SymbolFlags;
const MEANINGS = { type: [Type, Namespace, Alias], value: [Value, Alias], either: [Type, Namespace, Value, Alias] };

function isDeclaredHere(symbol: ts.Symbol | undefined): boolean {
  return (symbol?.declarations?.length ?? 0) > 0;
}

/** Tells whether an identifier stands for a variable or a type, and is neither a property name nor a declaration. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent))
    return parent.name === node || parent.objectAssignmentInitializer === node;
  if (ts.isExportSpecifier(parent))
    return !parent.parent.parent.moduleSpecifier && (parent.propertyName ?? parent.name) === node;
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent)) return false;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false;
  if (ts.isMetaProperty(parent) || ts.isNamespaceExport(parent) || ts.isImportAttribute(parent)) return false;
  if (ts.isImportTypeNode(parent) || ts.isNamedTupleMember(parent)) return false;
  if (ts.isTypePredicateNode(parent)) return parent.parameterName !== node;
  return !('name' in parent && parent.name === node);
}

function isTypePosition(node: ts.Identifier): boolean {
  let inner: ts.Node = node;
  while (ts.isQualifiedName(inner.parent) && inner.parent.left === inner) inner = inner.parent;
  const { parent } = inner;
  if (ts.isTypeReferenceNode(parent)) return true;
  if (!ts.isExpressionWithTypeArguments(parent)) return false;
  const clause = parent.parent;
  return (
    ts.isHeritageClause(clause) &&
    (clause.token === ts.SyntaxKind.ImplementsKeyword || ts.isInterfaceDeclaration(clause.parent))
  );
}

import { isBuiltin } from 'node:module';
import ts from 'typescript';
import { analysed, type GlobalUse } from './globals.ts';
import { isMarked, nodesIn, SOURCE_FILES } from './source-tree.ts';

/**
 * The globals that each part of src may use. Everything else is forbidden, so that no spelling of a forbidden thing has
 * to be known. A list behind a name allows these members of it and no other use.
 */
type Allowed = {
  readonly values: Readonly<Record<string, true | readonly string[]>>;
  readonly types?: readonly string[];
};

const LANGUAGE = {
  Array: true,
  Boolean: true,
  Error: true,
  Infinity: true,
  JSON: true,
  Map: true,
  NaN: true,
  Number: true,
  Object: true,
  RegExp: true,
  Set: true,
  String: true,
  URL: true,
  undefined: true,
  structuredClone: true,
  Math: ['abs', 'ceil', 'floor', 'imul', 'max', 'min', 'round', 'trunc'],
} as const;

const TYPES = [
  'Date Error Exclude Extract Map NonNullable Omit Partial Pick Readonly ReadonlyMap ReadonlySet Record RegExp',
  'Required ReturnType Parameters Set URL Uint8Array const',
]
  .join(' ')
  .split(' ');

/** Date is no member of these lists: isPureDate() says what is allowed. */
const DOMAIN: Allowed = {
  values: { ...LANGUAGE, Intl: ['DisplayNames', 'Locale', 'supportedValuesOf'], Reflect: ['get'] },
  types: TYPES,
};

const APPLICATION: Allowed = {
  values: { ...LANGUAGE, Buffer: ['byteLength', 'from'], Promise: true },
  types: [...TYPES, 'AbortSignal', 'AsyncIterable', 'Awaited', 'ErrorOptions', 'Iterable', 'Promise'],
};

/** Adapters, drivers and the files that wire them use the clock and the network. Only few of them use the process. */
const OUTSIDE: Allowed = {
  values: {
    ...LANGUAGE,
    Math: [...LANGUAGE.Math, 'random'],
    Reflect: ['deleteProperty', 'get'],
    ...Object.fromEntries(
      [
        'AbortController AbortSignal AggregateError BigInt Buffer Date Promise Response TextDecoder TextEncoder',
        'URLSearchParams WeakMap clearImmediate clearInterval clearTimeout encodeURIComponent fetch parseInt performance',
        'setImmediate setInterval setTimeout',
      ]
        .join(' ')
        .split(' ')
        .map((name) => [name, true] as const),
    ),
  },
};

/** Members of `process` and `console`, by the file that may use them. */
const PROCESS: Readonly<Record<string, Allowed['values']>> = {
  'src/config/config.ts': { process: ['env'] },
  'src/main.ts': { process: ['argv', 'exit', 'on', 'stderr', 'stdin', 'stdout'], console: ['error'] },
  'src/container.ts': { process: ['pid'] },
  'src/infrastructure/messaging/kafka-client.ts': { process: ['emitWarning'] },
  'src/interfaces/cli/doctor/doctor-inputs.ts': { process: ['platform'] },
  // A replay shows its progress while it runs.
  'src/interfaces/cli/outbox/outbox.ts': { process: ['off', 'once', 'stderr'] },
};

/** Values that src may import from Node. Names make sure that no module gives more than it was allowed for. */
const NODE: Readonly<Record<string, readonly string[]>> = {
  'node:async_hooks': ['AsyncLocalStorage'],
  'node:buffer': ['isUtf8'],
  'node:crypto': [
    'KeyObject',
    'X509Certificate',
    'createHash',
    'createHmac',
    'createPrivateKey',
    'createPublicKey',
    'createSecretKey',
    'hash',
    'randomFillSync',
    'randomUUID',
    'timingSafeEqual',
    'verify',
  ],
  'node:fs': ['readFileSync'],
  'node:fs/promises': ['readFile', 'stat'],
  'node:http': ['STATUS_CODES', 'createServer'],
  'node:net': ['connect', 'isIP', 'isIPv4'],
  'node:os': ['hostname'],
  'node:path': ['dirname', 'join'],
  'node:stream': [],
  'node:tls': ['connect'],
  'node:url': ['fileURLToPath'],
  'node:util': ['MIMEType', 'parseArgs', 'parseEnv'],
};

/** The place from which the reference page reads the files of a package. */
const USES_IMPORT_META = 'src/interfaces/http/reference/reference-routes.ts';

/** What each file does that its place does not allow, with the text of the place. */
export function impurities(sources: ReadonlyMap<string, string>): Map<string, string[]> {
  return new Map(
    [...analysed(sources)].map(([path, { file, globals }]) => [
      path,
      [
        ...globals.filter((use) => !isAllowed(path, use)).map(({ node }) => around(node)),
        ...nodesIn(file)
          .filter((node) => isForbidden(path, node))
          .map((node) => node.getText()),
        ...strangeImports(path, file),
        ...forwarded(file),
        ...directives(file),
      ],
    ]),
  );
}

function allowedIn(path: string): Allowed {
  if (path.startsWith('src/domain/')) return DOMAIN;
  return path.startsWith('src/application/') ? APPLICATION : OUTSIDE;
}

function isAllowed(path: string, { name, node, kind }: GlobalUse): boolean {
  const { values, types } = allowedIn(path);
  if (kind === 'type') return types?.includes(name) ?? true;
  if (name === 'arguments') return true;
  const uses = { ...values, ...PROCESS[path] };
  if (name === 'Date' && types) return isPureDate(node);
  const allowed = Object.hasOwn(uses, name) ? uses[name] : undefined;
  return allowed === true || (allowed?.includes(memberOf(node) ?? '') ?? false);
}

/** The name in `global.name`; undefined for every other use. */
function memberOf(node: ts.Identifier): string | undefined {
  const { parent } = node;
  return ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : undefined;
}

/** The clock is read by Date(), Date.now(), new Date() and everything that hands Date on. */
function isPureDate(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isNewExpression(parent) && parent.expression === node) {
    const [first] = parent.arguments ?? [];
    return first !== undefined && !ts.isSpreadElement(first);
  }
  if (ts.isBinaryExpression(parent))
    return parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword && parent.right === node;
  return ['UTC', 'parse'].includes(memberOf(node) ?? '');
}

const LOCAL = /^(toLocale(Date|Time)?String|getTimezoneOffset|[gs]et(Date|Day|FullYear|Hours|Minutes|Month|Seconds))$/;

function isForbidden(path: string, node: ts.Node): boolean {
  const isInner = allowedIn(path).types !== undefined;
  // An ambient declaration would make a global look like a name of the file.
  if (ts.isStatement(node) && isMarked(node, ts.SyntaxKind.DeclareKeyword)) return true;
  if (ts.isImportEqualsDeclaration(node) || ts.isImportTypeNode(node)) return true;
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
    return path !== USES_IMPORT_META || node.parent.getText() !== 'import.meta.resolve';
  if (node.kind === ts.SyntaxKind.ImportKeyword && ts.isCallExpression(node.parent)) return isInner;
  // The constructor of a function compiles text: (() => 1).constructor('return process')().
  if (isNamed(node, 'constructor')) return !/^[^()]+\.constructor\.name$/.test(node.parent.parent.getText());
  if (isNamed(node, '__proto__')) return true;
  // The time zone and the language of the machine.
  if (isInner && ts.isIdentifier(node) && LOCAL.test(node.text)) return true;
  // Two texts in a row hide a name from a reader and from the rules above.
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return [node.left, node.right].every((side) => ts.isStringLiteralLike(side) && /^\w+$/.test(side.text));
  // Files through which a process reaches its own output, its variables and its memory.
  return ts.isStringLiteralLike(node) && /^(file:\/\/)?\/(dev|proc)\//.test(node.text);
}

function isNamed(node: ts.Node, name: string): boolean {
  return (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && node.text === name;
}

/** Imports in a spelling that the dependency rules may not understand, and values of Node that are not in the list. */
function strangeImports(path: string, file: ts.SourceFile): string[] {
  return nodesIn(file).flatMap((node) => {
    const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const specifier = isDynamic
      ? node.arguments[0]
      : ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : undefined;
    if (!specifier) return [];
    const isStrange =
      !ts.isStringLiteral(specifier) ||
      !isPlainSpecifier(path, specifier.text) ||
      !namesAreAllowed(node, specifier.text);
    return isStrange || hasAttributes(node) ? [node.getText()] : [];
  });
}

function hasAttributes(node: ts.Node): boolean {
  return (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.attributes !== undefined;
}

function isPlainSpecifier(path: string, specifier: string): boolean {
  if (specifier.startsWith('#')) return SOURCE_FILES.includes(`src/${specifier.slice(1)}.ts`);
  if (specifier.startsWith('.')) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const { pathname } = new URL(specifier, `file:///${folder}`);
    return specifier.endsWith('.ts') && SOURCE_FILES.includes(pathname.slice(1)) && isShortest(specifier);
  }
  if (specifier.startsWith('node:')) return Object.hasOwn(NODE, specifier);
  return !isBuiltin(specifier) && /^(@[a-z0-9-]+\/)?[a-z0-9-]+$/.test(specifier);
}

/** Steps up only at the beginning: './../a.ts' and '../b/../a.ts' are other spellings of '../a.ts'. */
function isShortest(specifier: string): boolean {
  return /^(\.\/|(\.\.\/)+)[a-z0-9]/.test(specifier) && !/[a-z0-9]\/\.|[%?#]/.test(specifier);
}

function namesAreAllowed(node: ts.Node, specifier: string): boolean {
  const allowed = NODE[specifier];
  if (!allowed) return true;
  if (!ts.isImportDeclaration(node)) return false;
  const clause = node.importClause;
  if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause?.namedBindings;
  if (!clause || clause.name || !named || !ts.isNamedImports(named)) return false;
  return named.elements.every(
    ({ isTypeOnly, propertyName, name }) => isTypeOnly || allowed.includes((propertyName ?? name).text),
  );
}

/** Exports of an imported name under the same or another name: a file that only hands on hides where a thing is. */
function forwarded(file: ts.SourceFile): string[] {
  const imported = new Set(
    nodesIn(file).flatMap((node) =>
      ts.isImportSpecifier(node) || ts.isNamespaceImport(node) || ts.isImportClause(node)
        ? (node.name?.text ?? [])
        : [],
    ),
  );
  const isImported = (node: ts.Node | undefined) => node !== undefined && imported.has(node.getText());
  return file.statements
    .filter((statement) => {
      if (ts.isExportDeclaration(statement)) {
        if (statement.moduleSpecifier) return true;
        const { exportClause } = statement;
        return (
          exportClause !== undefined &&
          ts.isNamedExports(exportClause) &&
          exportClause.elements.some(({ propertyName, name }) => isImported(propertyName ?? name))
        );
      }
      if (!isMarked(statement, ts.SyntaxKind.ExportKeyword)) return false;
      if (ts.isVariableStatement(statement))
        return statement.declarationList.declarations.some(({ initializer }) => isImported(initializer));
      return (
        ts.isTypeAliasDeclaration(statement) &&
        ts.isTypeReferenceNode(statement.type) &&
        !statement.type.typeArguments &&
        isImported(statement.type.typeName)
      );
    })
    .map((statement) => statement.getText());
}

/** Comments that import: triple-slash references, and types in JSDoc. */
function directives({
  text,
  referencedFiles,
  typeReferenceDirectives,
  libReferenceDirectives,
}: ts.SourceFile): string[] {
  const references = [...referencedFiles, ...typeReferenceDirectives, ...libReferenceDirectives];
  const inComments =
    text.match(
      /^\s*(\/\/|\/?\*).*(@import\b|import\(['"`]|@(ts-|jsx)|eslint-disable(?!-next-line no-misleading-character-class )).*$/gm,
    ) ?? [];
  return [...references.map(({ fileName }) => fileName), ...inComments];
}

function around(node: ts.Node): string {
  return node.parent.getText();
}

import { expect } from 'chai';
import { impurities } from './purity.ts';
import { read, SOURCE_FILES } from './source-tree.ts';

const DOMAIN = 'src/domain/actor.ts';
const DETAILS = 'src/domain/opportunities/opportunity-details.ts';
const USE_CASE = 'src/application/opportunities/create-opportunity.ts';
const PORT = 'src/application/ports/operations/health.ts';
const ADAPTER = 'src/infrastructure/messaging/no-broker.ts';
const ROUTES = 'src/interfaces/http/operations/health-routes.ts';
const WORKER = 'src/interfaces/worker/relay-worker.ts';
const COMMAND = 'src/interfaces/cli/outbox/status.ts';
const CONFIG = 'src/config/config.ts';
const MAIN = 'src/main.ts';
const LOGGER = 'src/infrastructure/system/pino-logger.ts';

type Planted = readonly [name: string, file: string, source: string];

const TIME: Planted[] = [
  ['Date.now', DOMAIN, `export const at = Date.now();`],
  ['Date.now by its name as a text', DOMAIN, `export const at = Date['now']();`],
  ['Date.now by a computed name', DOMAIN, `const name = 'n' + 'ow'; export const at = (Date as never)[name];`],
  ['Date.now behind a question mark', USE_CASE, `export const at = Date?.now();`],
  ['Date.now in brackets', USE_CASE, `export const at = (Date).now();`],
  ['Date.now as an argument', DOMAIN, `export const all = [0].map(Date.now);`],
  ['Date.now as a default', USE_CASE, `export const age = (now = Date.now) => now();`],
  ['Date.now.call', DOMAIN, `export const at = Date.now.call(undefined);`],
  ['a Date without arguments', DOMAIN, `export const at = new Date();`],
  ['a Date without brackets', DOMAIN, `export const at = new Date;`],
  ['a Date of spread arguments', USE_CASE, `const none: [] = []; export const at = new Date(...none);`],
  ['a Date of a constructor in brackets', USE_CASE, `export const at = new (Date)();`],
  ['Date as a function', DOMAIN, `export const text = Date();`],
  ['Date with a template', DOMAIN, 'export const text = Date``;'],
  ['a destructured Date', DOMAIN, `const { now } = Date; export const at = now();`],
  ['an alias of Date', DOMAIN, `const D = Date; export const at = new D();`],
  ['an alias of Date by a cast', USE_CASE, `const D = Date as DateConstructor; export const at = new D();`],
  ['a late alias of Date', USE_CASE, `let D; D = Date; export const at = D.now();`],
  ['a Date in an array', DOMAIN, `const [D] = [Date]; export const at = new D();`],
  ['a Date in an object', DOMAIN, `export const parts = { Date };`],
  ['a Date under another name in an object', USE_CASE, `export const parts = { clock: Date };`],
  ['a subclass of Date', DOMAIN, `class Now extends Date {} export const at = new Now();`],
  ['Date as a default of a parameter', USE_CASE, `export const at = (D = Date) => new D();`],
  ['an exported Date', DOMAIN, `export { Date };`],
  ['the constructor of a Date', DOMAIN, `export const at = new (new Date(0).constructor as never)();`],
  ['the constructor of a Date by its name as a text', DOMAIN, `export const at = new Date(0)['constructor'];`],
  ['a destructured constructor', USE_CASE, `const { constructor: D } = new Date(0); export const at = D;`],
  ['Reflect.construct', DOMAIN, `export const at = Reflect.construct(Date, []);`],
  ['Reflect.apply', USE_CASE, `export const at = Reflect.apply(Date.now, undefined, []);`],
  ['Reflect.get of Date', DOMAIN, `export const at = Reflect.get(Date, 'now')();`],
  ['Object.create of Date', DOMAIN, `export const at = Object.create(Date).now();`],
  ['the prototype of Date', DOMAIN, `export const at = Date.prototype;`],
  ['globalThis.Date', DOMAIN, `export const at = globalThis.Date.now();`],
  ['globalThis by a text', DOMAIN, `export const at = globalThis['Date'].now();`],
  ['global.Date', USE_CASE, `export const at = global.Date.now();`],
  ['an alias of globalThis', USE_CASE, `const g = globalThis; export const at = new g.Date();`],
  ['a destructured globalThis', PORT, `const { Date: D } = globalThis; export const at = new D();`],
  ['Intl.DateTimeFormat', DOMAIN, `export const text = Intl.DateTimeFormat().format();`],
  ['a new Intl.DateTimeFormat', USE_CASE, `export const text = new Intl.DateTimeFormat('en').format();`],
  ['a destructured Intl', DOMAIN, `const { DateTimeFormat } = Intl; export const text = DateTimeFormat().format();`],
  ['Intl by a text', DOMAIN, `export const text = Intl['DateTimeFormat']().format();`],
  ['Intl.RelativeTimeFormat', DOMAIN, `export const format = new Intl.RelativeTimeFormat('en');`],
  ['Temporal.Now', DOMAIN, `export const at = Temporal.Now.instant();`],
  ['performance.now', USE_CASE, `export const at = performance.now();`],
  ['performance.timeOrigin', DOMAIN, `export const at = performance.timeOrigin;`],
  ['a destructured performance', USE_CASE, `const { now } = performance; export const at = now();`],
  ['process.hrtime', USE_CASE, `export const at = process.hrtime.bigint();`],
  ['process.uptime', DOMAIN, `export const at = process.uptime();`],
  ['an Event with a time', DOMAIN, `export const at = new Event('x').timeStamp;`],
  [
    'the clock of node:perf_hooks',
    USE_CASE,
    `import { performance as p } from 'node:perf_hooks'; export const at = p.now();`,
  ],
];

const CHANCE: Planted[] = [
  ['Math.random', DOMAIN, `export const id = Math.random();`],
  ['Math.random by a text', DOMAIN, `export const id = Math['random']();`],
  ['a destructured Math', DOMAIN, `const { random } = Math; export const id = random();`],
  ['an alias of Math', USE_CASE, `const M = Math; export const id = M.random();`],
  ['Math.random as an argument', USE_CASE, `export const ids = Array.from({ length: 2 }, Math.random);`],
  ['crypto.randomUUID', DOMAIN, `export const id = crypto.randomUUID();`],
  ['crypto.getRandomValues', USE_CASE, `export const id = crypto.getRandomValues(new Uint8Array(1));`],
  ['crypto.subtle', USE_CASE, `export const digest = crypto.subtle;`],
  ['a global of webcrypto', USE_CASE, `export const id = webcrypto.randomUUID();`],
  ['node:crypto', USE_CASE, `import { randomBytes } from 'node:crypto'; export const id = randomBytes(4);`],
  ['URL.createObjectURL of a Blob', DOMAIN, `export const id = URL.createObjectURL(new Blob([]));`],
];

const TIMERS: Planted[] = [
  ['setTimeout', USE_CASE, `export const later = setTimeout(() => undefined, 10);`],
  ['setInterval', DOMAIN, `export const often = setInterval(() => undefined, 10);`],
  ['setImmediate', USE_CASE, `setImmediate(() => undefined);`],
  ['clearTimeout', USE_CASE, `clearTimeout(1);`],
  ['queueMicrotask', DOMAIN, `queueMicrotask(() => undefined);`],
  ['process.nextTick', USE_CASE, `process.nextTick(() => undefined);`],
  ['an alias of setTimeout', USE_CASE, `const wait = setTimeout; wait(() => undefined, 1);`],
  ['scheduler.wait', USE_CASE, `await scheduler.wait(10);`],
  ['AbortSignal.timeout', USE_CASE, `export const signal = AbortSignal.timeout(10);`],
  ['a new AbortController', USE_CASE, `export const stop = new AbortController();`],
  ['requestAnimationFrame', DOMAIN, `requestAnimationFrame(() => undefined);`],
  ['Atomics.wait', USE_CASE, `Atomics.wait(new Int32Array(1), 0, 0, 10);`],
  ['node:timers/promises', USE_CASE, `import { setTimeout as wait } from 'node:timers/promises'; await wait(1);`],
  ['FinalizationRegistry', DOMAIN, `export const registry = new FinalizationRegistry(() => undefined);`],
];

const NETWORK: Planted[] = [
  ['fetch', USE_CASE, `await fetch('https://example.org');`],
  ['fetch by globalThis', USE_CASE, `await globalThis.fetch('https://example.org');`],
  ['an alias of fetch', DOMAIN, `const ask = fetch; export { ask };`],
  ['WebSocket', USE_CASE, `export const socket = new WebSocket('wss://example.org');`],
  ['XMLHttpRequest', DOMAIN, `export const request = new XMLHttpRequest();`],
  ['EventSource', USE_CASE, `export const events = new EventSource('https://example.org');`],
  ['BroadcastChannel', USE_CASE, `export const channel = new BroadcastChannel('x');`],
  ['navigator', DOMAIN, `export const cores = navigator.hardwareConcurrency;`],
  ['localStorage', DOMAIN, `localStorage.setItem('a', 'b');`],
  ['the type Response', PORT, `export type Got = Response;`],
];

const PROCESSES: Planted[] = [
  ['process', DOMAIN, `export const id = process.pid;`],
  ['process in an object', USE_CASE, `export const parts = { process };`],
  ['the type of process', PORT, `export type Running = typeof process;`],
  ['a type of NodeJS', PORT, `export type Variables = NodeJS.ProcessEnv;`],
  ['process.getBuiltinModule', USE_CASE, `export const os = process.getBuiltinModule('node:os');`],
  ['process.binding', ADAPTER, `export const fs = process.binding('fs');`],
  ['process.exit in a driver', ROUTES, `process.exit(1);`],
  ['getBuiltinModule in an adapter', ADAPTER, `export const fs = process.getBuiltinModule('fs');`],
  ['import.meta', DOMAIN, `export const here = import.meta.url;`],
  ['import.meta in an adapter', ADAPTER, `export const env = import.meta.env;`],
  ['an import at run time', DOMAIN, `export const later = import('../domain-error.ts');`],
  ['an import at run time in a use case', USE_CASE, `export const later = await import('#domain/actor');`],
  ['an import at run time of a computed name', ADAPTER, `const name = 'pg'; export const pg = import(name);`],
  ['an import at run time of a template', ADAPTER, 'export const pg = import(`pg`);'],
  ['require', DOMAIN, `export const os = require('node:os');`],
  ['createRequire', ADAPTER, `import { createRequire } from 'node:module'; export { createRequire };`],
  ['module', ADAPTER, `export const all = module.children;`],
  ['eval', DOMAIN, `export const at = eval('Date.now()');`],
  ['an indirect eval', ADAPTER, `export const at = (0, eval)('process.env');`],
  ['Function', DOMAIN, `export const at = Function('return Date.now()')();`],
  ['a new Function', ADAPTER, `export const env = new Function('return process.env')();`],
  ['the constructor of a function', DOMAIN, `export const at = (() => 1).constructor('return Date.now()')();`],
  ['the constructor of an array', ADAPTER, `export const f = [].constructor.constructor('return process')();`],
  ['a name in two parts', ADAPTER, `const name = 'constr' + 'uctor'; export const f = (() => 1)[name];`],
  ['the prototype of a function', USE_CASE, `export const f = (() => 1)['__proto__'];`],
  ['a Worker', DOMAIN, `export const worker = new Worker('./x.ts');`],
  ['WebAssembly', ADAPTER, `export const wasm = WebAssembly;`],
  ['Deno', ADAPTER, `export const env = Deno.env;`],
  ['Bun', ADAPTER, `export const env = Bun.env;`],
  ['window', DOMAIN, `export const at = window.Date.now();`],
  ['self', DOMAIN, `export const at = self.Date.now();`],
  ['a declared constant', DOMAIN, `declare const process: { env: object }; export const env = process.env;`],
  ['a declared function', DOMAIN, `declare function fetch(url: string): void; fetch('x');`],
  ['a declared class', USE_CASE, `declare class WebSocket {} export const socket = new WebSocket();`],
  [
    'a declared namespace',
    USE_CASE,
    `declare namespace Temporal { const Now: string } export const at = Temporal.Now;`,
  ],
  ['a declared global', ADAPTER, `declare global { var secret: string } export const x = 1;`],
  ['a declared module', ADAPTER, `declare module 'pg' { const x: string } export const y = 1;`],
  ['setTimeout of a local type', USE_CASE, `type setTimeout = string; export const t = setTimeout(() => 1, 1);`],
  ['Date in a nested scope', DOMAIN, `{ const Date = 1; String(Date); } export const at = Date.now();`],
  ['Date after a property of that name', DOMAIN, `export const Box = { Date: 1 }; export const at = Date.now();`],
];

const ENVIRONMENT: Planted[] = [
  ['process.env', ADAPTER, `export const home = process.env.HOME;`],
  ['process.env by a text', ROUTES, `export const home = process['env']['HOME'];`],
  ['process.env by a template', ROUTES, 'export const home = process[`env`].HOME;'],
  ['process.env behind a question mark', WORKER, `export const home = process?.env?.HOME;`],
  ['process.env of a cast', COMMAND, `export const home = (process as { env: object }).env;`],
  ['process.env of a non-null assertion', COMMAND, `export const home = process!.env;`],
  ['process.env in brackets', ADAPTER, `export const home = (process).env;`],
  ['a destructured process', ADAPTER, `const { env } = process; export { env };`],
  [
    'a destructured process under another name',
    WORKER,
    `const { env: settings } = process; export const a = settings;`,
  ],
  ['a destructured parameter', WORKER, `export const home = (({ env }) => env)(process);`],
  ['an alias of process', ROUTES, `const p = process; export const home = p.env.HOME;`],
  ['Reflect.get of process', ADAPTER, `export const env = Reflect.get(process, 'env');`],
  ['Object.entries of process', COMMAND, `export const all = Object.entries(process);`],
  ['a spread process', COMMAND, `export const all = { ...process };`],
  ['globalThis.process', ADAPTER, `export const env = globalThis.process.env;`],
  ['global.process', ROUTES, `export const env = global.process.env;`],
  ['env of node:process', ADAPTER, `import { env } from 'node:process'; export const home = env.HOME;`],
  ['process of node:process', ROUTES, `import p from 'node:process'; export const home = p.env;`],
  ['everything of process', ADAPTER, `import * as p from 'process'; export const home = p.env;`],
  ['process.loadEnvFile', WORKER, `process.loadEnvFile();`],
  ['process.env in the entry of the process', MAIN, `export const home = process.env['HOME'];`],
  ['process.env in the wiring', 'src/container.ts', `export const home = process.env['HOME'];`],
  [
    'process.env in another file of the configuration',
    'src/config/token-variables.ts',
    `export const e = process.env;`,
  ],
  ['a destructured process in the configuration', CONFIG, `const { argv } = process; export const a = argv;`],
  [
    'the file of the environment',
    COMMAND,
    `import { readFile } from 'node:fs/promises'; await readFile('/proc/self/environ');`,
  ],
  ['the type of process.env', DOMAIN, `export type Variables = typeof process.env;`],
];

const OUTPUT: Planted[] = [
  ['console.log', DOMAIN, `console.log('here');`],
  ['console.error in an adapter', ADAPTER, `console.error('here');`],
  ['console.table', ROUTES, `console.table([]);`],
  ['console by a text', WORKER, `console['log']('here');`],
  ['console.log in the entry of the process', MAIN, `console.log('here');`],
  ['a destructured console', WORKER, `const { log } = console; log('here');`],
  ['an alias of console', COMMAND, `const out = console; out.log('here');`],
  ['console as an argument', ADAPTER, `export const logger = Object.create(console);`],
  ['globalThis.console', ADAPTER, `globalThis.console.log('here');`],
  ['process.stdout.write', ADAPTER, `process.stdout.write('here');`],
  ['process.stderr', WORKER, `process.stderr.write('here');`],
  ['a destructured process.stdout', ROUTES, `const { stdout } = process; stdout.write('here');`],
  ['process.stdout in a command', COMMAND, `process.stdout.write('here');`],
  [
    'process.stdout in the command line of the outbox',
    'src/interfaces/cli/outbox/outbox.ts',
    `process.stdout.write('a');`,
  ],
  ['process.stdout in the logger', LOGGER, `process.stdout.write('here');`],
  ['process._rawDebug', ADAPTER, `process._rawDebug('here');`],
  ['process.emitWarning', ROUTES, `process.emitWarning('here');`],
  ['stdout of node:process', ADAPTER, `import { stdout } from 'node:process'; stdout.write('here');`],
  ['fs.writeSync', CONFIG, `import { writeSync } from 'node:fs'; writeSync(1, 'here');`],
  ['everything of node:fs', CONFIG, `import * as fs from 'node:fs'; fs.writeSync(1, 'here');`],
  ['the default of node:fs', CONFIG, `import fs from 'node:fs'; fs.writeSync(1, 'here');`],
  ['fs without node:', CONFIG, `import { writeSync } from 'fs'; writeSync(1, 'here');`],
  ['writeFile', ROUTES, `import { writeFile } from 'node:fs/promises'; await writeFile('x', 'here');`],
  [
    'a renamed writeFile',
    COMMAND,
    `import { writeFile as readFile } from 'node:fs/promises'; await readFile('x', 'y');`,
  ],
  ['the device of standard output', COMMAND, `export const out = '/dev/stdout';`],
  ['the descriptor of standard output', COMMAND, 'export const out = `/proc/self/fd/1`;'],
  ['a socket of standard output', ADAPTER, `import { Socket } from 'node:net'; new Socket({ fd: 1 }).write('here');`],
  ['a Console of node:console', ADAPTER, `import { Console } from 'node:console'; export { Console };`],
  ['node:tty', ADAPTER, `import { WriteStream } from 'node:tty'; new WriteStream(1).write('here');`],
  ['debuglog of node:util', COMMAND, `import { debuglog } from 'node:util'; debuglog('x')('here');`],
  ['node:child_process', ADAPTER, `import { execSync } from 'node:child_process'; execSync('echo');`],
  ['alert', DOMAIN, `alert('here');`],
];

const SPELLINGS: Planted[] = [
  ['a file: address', DOMAIN, `import 'file:///srv/src/infrastructure/system/system-clock.ts';`],
  ['an absolute path', DOMAIN, `import '/srv/src/infrastructure/system/system-clock.ts';`],
  ['a data: address', ADAPTER, `import 'data:text/javascript,process.exit()';`],
  ['an https: address', ADAPTER, `import 'https://example.org/x.js';`],
  ['a path into node_modules', ADAPTER, `import '../../../node_modules/pg/lib/index.js';`],
  ['a path into the tests', ADAPTER, `import '../../../tests/architecture/source-tree.ts';`],
  ['a path into the examples', ROUTES, `import '../../../../examples/mobile/post-opportunity.ts';`],
  ['a path into the tools', WORKER, `import '../../../tools/local/django-token.ts';`],
  ['a path into the benchmarks', COMMAND, `import '../../../../bench/figures.ts';`],
  ['a compiled file', DOMAIN, `import './domain-error.js';`],
  ['a path without an extension', DOMAIN, `import './domain-error';`],
  ['another case of the extension', DOMAIN, `import './domain-error.TS';`],
  ['another case of the name', DOMAIN, `import './Domain-Error.ts';`],
  ['an alias with an extension', USE_CASE, `import '#domain/actor.ts';`],
  ['another case of an alias', USE_CASE, `import '#Domain/actor';`],
  ['an alias that steps up', USE_CASE, `import '#domain/../infrastructure/system/system-clock';`],
  ['a path that steps up twice', USE_CASE, `import '../../application/../infrastructure/system/system-clock.ts';`],
  ['a path with a useless dot', DOMAIN, `import './././domain-error.ts';`],
  ['a query', DOMAIN, `import './domain-error.ts?again';`],
  ['an encoded name', DOMAIN, `import './domain%2Derror.ts';`],
  ['a deep import of a package', ADAPTER, `import 'kafkajs/src/index.js';`],
  ['a deep import of a package with a scope', ADAPTER, `import '@mikro-orm/core/decorators';`],
  [
    'package.json',
    CONFIG,
    `import settings from '../../package.json' with { type: 'json' }; export const s = settings;`,
  ],
  [
    'an import with attributes',
    DOMAIN,
    `import text from './domain-error.ts' with { type: 'text' }; export const t = text;`,
  ],
  ['import = require', DOMAIN, `import os = require('node:os'); export const a = os;`],
  ['a type of import()', DOMAIN, `export type Client = import('pg').Client;`],
  ['typeof import()', PORT, `export type Pg = typeof import('pg');`],
  ['a type in JSDoc', DOMAIN, `/** @type {import('pg').Client} */\nexport const client = 1;`],
  ['@import in JSDoc', DOMAIN, `/** @import { Client } from 'pg' */\nexport const client = 1;`],
  ['a reference to types', DOMAIN, `/// <reference types="node" />\nexport const a = 1;`],
  [
    'a reference to a path',
    DOMAIN,
    `/// <reference path="../infrastructure/system/system-clock.ts" />\nexport const a = 1;`,
  ],
  ['a reference to a library', DOMAIN, `/// <reference lib="dom" />\nexport const a = 1;`],
  ['@ts-expect-error', DOMAIN, `// @ts-expect-error\nexport const a: string = 1;`],
  ['a comment that turns a rule of ESLint off', DOMAIN, `// eslint-disable-next-line\nexport const a = 1;`],
  ['a re-export', DOMAIN, `export { DomainError } from './domain-error.ts';`],
  ['a re-export of everything', DOMAIN, `export * from './domain-error.ts';`],
  ['a re-export under a name', DOMAIN, `export * as errors from './domain-error.ts';`],
  ['a re-export of a type', DOMAIN, `export type { DomainError } from './domain-error.ts';`],
  ['a re-export in two steps', DOMAIN, `import { DomainError } from './domain-error.ts'; export { DomainError };`],
  [
    'a re-export under another name',
    DOMAIN,
    `import { DomainError as E } from './domain-error.ts'; export { E as Oops };`,
  ],
  [
    'a constant that only hands on',
    DOMAIN,
    `import { DomainError } from './domain-error.ts'; export const Oops = DomainError;`,
  ],
  ['a type that only hands on', DETAILS, `import type { Actor } from '../actor.ts'; export type User = Actor;`],
];

const ALLOWED: Planted[] = [
  ['a Date of a value', DOMAIN, `export const at = (value: string) => new Date(value);`],
  ['a Date of a number', USE_CASE, `export const at = new Date(0).getTime();`],
  ['Date.UTC and Date.parse', DOMAIN, `export const at = Date.UTC(2026, 1), then = Date.parse('2026-01-01');`],
  ['instanceof Date', DOMAIN, `export const isDate = (value: unknown): value is Date => value instanceof Date;`],
  ['Date as a type', DOMAIN, `export type Span = { readonly from: Date; readonly all: readonly Date[] };`],
  ['a comment', DOMAIN, `// Date.now(), process.env, console.log(), setTimeout\nexport const a = 1;`],
  ['a text', DOMAIN, `export const text = 'process.env and Date.now()';`],
  [
    'properties with these names',
    DOMAIN,
    `export const f = (a: { process: string; now: string }) => a.process + a.now;`,
  ],
  ['parameters with these names', DOMAIN, `export const f = (process: { env: string }) => process.env;`],
  [
    'a method with such a name',
    PORT,
    `export abstract class Waiter { abstract setTimeout(performance: number): void }`,
  ],
  ['a destructured property with such a name', USE_CASE, `export const f = ({ fetch }: { fetch: string }) => fetch;`],
  ['Math.max', DOMAIN, `export const most = Math.max(1, 2);`],
  ['structuredClone', DOMAIN, `export const copy = structuredClone({ a: 1 });`],
  ['Intl.Locale', DOMAIN, `export const region = new Intl.Locale('en-GB').region;`],
  ['a Promise in a use case', USE_CASE, `export const all = Promise.all([]);`],
  ['the type AbortSignal in a use case', USE_CASE, `export const f = (stop: AbortSignal) => stop.aborted;`],
  [
    'a generic class with a constructor',
    USE_CASE,
    `export class Box<T> { readonly value: T; constructor(value: T) { this.value = value; } }`,
  ],
  ['a type parameter and infer', DOMAIN, `export type Inner<T> = T extends readonly (infer U)[] ? U : never;`],
  ['a label', DOMAIN, `export const f = () => { outer: for (;;) break outer; };`],
  ['a mapped type', DOMAIN, `export type Flags<T> = { readonly [Key in keyof T]?: boolean };`],
  [
    'an assertion function',
    DOMAIN,
    `export function check(value: unknown): asserts value is string { String(value); }`,
  ],
  [
    'an alias of another layer',
    USE_CASE,
    `import { Actor } from '#domain/actor'; export const a = (actor: Actor) => actor;`,
  ],
  [
    'a relative path',
    DETAILS,
    `import { DomainError } from '../domain-error.ts'; export class Oops extends DomainError {}`,
  ],
  ['a type of the own file', DOMAIN, `type A = string; export type { A };`],
  ['a type made of another', DETAILS, `import type { Actor } from '../actor.ts'; export type Some = Partial<Actor>;`],
  [
    'a timer in an adapter',
    ADAPTER,
    `export const later = setTimeout(() => undefined, Date.now() - performance.now());`,
  ],
  ['a request in a driver', ROUTES, `export const ask = () => fetch('https://example.org');`],
  ['a package', ADAPTER, `import { Kafka } from 'kafkajs'; export const kafka = (k: Kafka) => k;`],
  [
    'a package with a scope',
    ADAPTER,
    `import type { Producer } from '@platformatic/kafka'; export const p = (a: Producer) => a;`,
  ],
  ['a package at run time', ADAPTER, `export const later = () => import('@platformatic/kafka');`],
  ['a type of Node', ADAPTER, `import type { Socket } from 'node:net'; export const s = (socket: Socket) => socket;`],
  [
    'names of Node from the list',
    ADAPTER,
    `import { isIP, type Socket } from 'node:net'; export const s = (a: Socket) => isIP(String(a));`,
  ],
  ['the environment in the configuration', CONFIG, `export const all = () => process.env;`],
  [
    'the output in the entry of the process',
    MAIN,
    `process.stdout.write('a'); process.stderr.write('b'); console.error('c');`,
  ],
  ['the progress of a replay', 'src/interfaces/cli/outbox/outbox.ts', `process.stderr.write('here');`],
  ['the name of a class', ADAPTER, `export const name = (part: object) => part.constructor.name;`],
];

describe('time, chance, timers, network, processes, variables, output and spellings of imports', () => {
  it('are used only where they are allowed', () => {
    const found = impurities(new Map(SOURCE_FILES.map((file) => [file, read(file)])));
    expect([...found.keys()]).to.have.members(SOURCE_FILES);
    expect([...found].flatMap(([file, places]) => places.map((place) => `${file}: ${place}`))).to.deep.equal([]);
  });

  const families = { TIME, CHANCE, TIMERS, NETWORK, PROCESSES, ENVIRONMENT, OUTPUT, SPELLINGS };
  for (const [family, planted] of Object.entries(families))
    describe(`the rules find each of ${planted.length} planted violations: ${family.toLowerCase()}`, () => {
      for (const [name, file, source] of planted)
        it(name, () => {
          expect(SOURCE_FILES).to.include(file);
          expect(placesIn(file, source), source).not.to.deep.equal([]);
        });
    });

  describe('the rules allow', () => {
    for (const [name, file, source] of ALLOWED)
      it(name, () => {
        expect(SOURCE_FILES).to.include(file);
        expect(placesIn(file, source)).to.deep.equal([]);
      });
  });

  it('find a violation that stands at the end of a real file', () => {
    const spoiled = SOURCE_FILES.filter((file) => /^src\/(domain|application)\//.test(file));
    const found = impurities(new Map(spoiled.map((file) => [file, `${read(file)}\nexport const at = Date.now();\n`])));
    expect(spoiled.filter((file) => !found.get(file)?.includes('Date.now'))).to.deep.equal([]);
  });
});

function placesIn(file: string, source: string): string[] {
  return impurities(new Map([[file, source]])).get(file) ?? [];
}

import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import ts from 'typescript';
import { read, ROOT, SOURCE_FILES } from './source-tree.ts';

/**
 * Lines that break one rule each when they are appended to a file in a copy of src/. Every rule has at least one, and
 * some lines import what no rule allows. Nothing imports planted.ts, so that its lines close no circle.
 */
const VIOLATIONS: [rule: string, file: string, line: string][] = [
  ['domain-pure', 'src/domain/actor.ts', `import 'koa';`],
  ['domain-pure', 'src/domain/actor.ts', `import 'node:crypto';`],
  ['domain-pure', 'src/domain/actor.ts', `export const os = process.getBuiltinModule('node:os');`],
  ['domain-pure', 'src/domain/actor.ts', `export const later = import('zod');`],
  ['domain-pure', 'src/domain/actor.ts', `export type Shape = import('pg').Client;`],
  ['application-inward', 'src/application/opportunities/change-opportunity.ts', `import type { ZodType } from 'zod';`],
  [
    'application-inward',
    'src/application/opportunities/change-opportunity.ts',
    `import '#infrastructure/system/system-clock';`,
  ],
  ['domain-pure', 'src/domain/planted.ts', `import type { Clock } from '#application/ports/system/clock';`],
  ['domain-pure', 'src/domain/planted.ts', `import type { Timer } from '../application/ports/system/timer.ts';`],
  ['domain-pure', 'src/domain/planted.ts', `import path = require('node:path');`],
  ['domain-pure', 'src/domain/planted.ts', `export type Name = typeof import('../config/setting-kinds.ts');`],
  [
    'application-inward',
    'src/application/opportunities/planted.ts',
    `import type { KafkaSettings } from '../../infrastructure/messaging/kafka-client.ts';`,
  ],
  [
    'application-inward',
    'src/application/opportunities/planted.ts',
    `import type { Config } from '../../config/config.ts';`,
  ],
  [
    'application-inward',
    'src/application/ports/system/planted.ts',
    `import { type Later } from '#interfaces/http/requests/entity-tag';`,
  ],
  ['application-inward', 'src/application/ports/system/planted.ts', `import 'node:timers/promises';`],
  ['messages-inward', 'src/application/messages/message.ts', `import '../ports/system/clock.ts';`],
  ['ports-first', 'src/application/ports/operations/health.ts', `import '../../opportunities/get-opportunity.ts';`],
  [
    'use-cases-without-operations',
    'src/application/opportunities/change-opportunity.ts',
    `import type { Logger } from '../ports/operations/logger.ts';`,
  ],
  [
    'use-cases-without-operations',
    'src/application/ports/opportunities/unit-of-work.ts',
    `import '../operations/relay-wake-up.ts';`,
  ],
  ['persistence-inward', 'src/infrastructure/persistence/orm.ts', `import 'kafkajs';`],
  ['messaging-inward', 'src/infrastructure/messaging/no-broker.ts', `import '#application/outbox/relay-outbox';`],
  [
    'security-inward',
    'src/infrastructure/security/security.module.ts',
    `import '#interfaces/http/problems/problem-details';`,
  ],
  [
    'system-inward',
    'src/infrastructure/system/system-clock.ts',
    `import '../../../tests/architecture/source-tree.ts';`,
  ],
  ['adapters-are-strangers', 'src/infrastructure/messaging/no-broker.ts', `import '#infrastructure/persistence/orm';`],
  ['http-inward', 'src/interfaces/http/problems/problem-details.ts', `import '#infrastructure/messaging/no-broker';`],
  ['http-inward', 'src/interfaces/http/problems/problem-details.ts', `import '../../../utils/dates.ts';`],
  [
    'http-inward',
    'src/interfaces/http/requests/planted.ts',
    `import type { Config } from '../../../config/config.ts';`,
  ],
  ['http-inward', 'src/interfaces/http/requests/planted.ts', `import '../../../../tools/local/django-token.ts';`],
  [
    'http-inward',
    'src/interfaces/http/requests/planted.ts',
    `import '../../../../examples/mobile/secure-token-store.ts';`,
  ],
  ['worker-inward', 'src/interfaces/worker/planted.ts', `import '../../../bench/figures.ts';`],
  ['worker-inward', 'src/interfaces/worker/planted.ts', `import '#infrastructure/system/system-timer';`],
  ['cli-inward', 'src/interfaces/cli/planted.ts', `import type { App } from '../../app.ts';`],
  ['config-alone', 'src/config/planted.ts', `import '../../package.json';`],
  ['logger-writes', 'src/infrastructure/system/planted.ts', `import { pino } from 'pino';`],
  ['not-in-allowed', 'src/utils/dates.ts', `import '#domain/actor';`],
  ['worker-inward', 'src/interfaces/worker/relay-worker.ts', `import 'koa';`],
  ['cli-inward', 'src/interfaces/cli/doctor/checks/report.ts', `import '#infrastructure/security/verification-keys';`],
  ['cli-inward', 'src/interfaces/cli/doctor/checks/report.ts', `import 'kafkajs';`],
  [
    'drivers-are-strangers',
    'src/interfaces/http/problems/problem-details.ts',
    `import '#interfaces/worker/relay-worker';`,
  ],
  ['config-alone', 'src/config/config.ts', `import '#domain/actor';`],
  ['config-alone', 'src/config/token-variables.ts', `import 'pg';`],
  ['config-alone', 'src/config/partial-config.ts', `import '#interfaces/cli/doctor/report';`],
  ['commands-wire', 'src/commands.ts', `import './container.ts';`],
  ['commands-wire', 'src/commands.ts', `import '#application/opportunities/create-opportunity';`],
  ['commands-wire', 'src/commands.ts', `import '#interfaces/worker/retry-delay';`],
  ['container-wires', 'src/container.ts', `import '#infrastructure/system/system-clock';`],
  ['container-closes', 'src/closing-container.ts', `import type { Config } from './config/config.ts';`],
  ['stopping-alone', 'src/stopping.ts', `import type { Logger } from '#application/ports/operations/logger';`],
  ['app-starts', 'src/app.ts', `import '#infrastructure/system/system-clock';`],
  ['main-enters', 'src/main.ts', `import './container.ts';`],
  ['main-enters', 'src/main.ts', `import '#interfaces/cli/doctor/report';`],
  ['commands-on-demand', 'src/main.ts', `import './commands.ts';`],
  ['modules-in-container', 'src/app.ts', `import '#interfaces/http/http.module';`],
  [
    'inversify-at-the-rim',
    'src/interfaces/http/problems/problem-details.ts',
    `import type { Container } from 'inversify';`,
  ],
  ['app-builds-no-container', 'src/app.ts', `import { Container } from 'inversify';`],
  [
    'migrations-in-one-list',
    'src/infrastructure/persistence/outbox/outbox-tables.ts',
    `import '../migrations/0002-create-outbox-table.ts';`,
  ],
  ['no-circular', 'src/domain/domain-error.ts', `import type { Decision } from './permission.ts';`],
  ['no-unresolvable', 'src/domain/actor.ts', `import '#domain/nowhere';`],
  ['no-orphans', 'src/domain/forgotten.ts', `export const FORGOTTEN = true;`],
  ['domain-pure', 'src/domain/forgotten.ts', `import '../main.ts';`],
  ['no-barrels', 'src/domain/actor.ts', `import './opportunities/index.ts';`],
  ['no-re-exports', 'src/domain/opportunities/index.ts', `export { DomainError } from '../domain-error.ts';`],
  ['dependencies-only', 'src/infrastructure/persistence/orm.ts', `import '@mikro-orm/sql';`],
];

const options = await extractDepcruiseOptions(join(ROOT, '.dependency-cruiser.cjs'));
type Paths = { path?: string | string[]; pathNot?: string | string[] };
const forbidden = options.ruleSet?.forbidden as { name: string; from: Paths; to: Paths }[];
const allowed = options.ruleSet?.allowed as { from: { path: string } }[];
const RULES = [...forbidden.map(({ name }) => name), 'not-in-allowed'];

describe('the dependency rules', () => {
  let modules: ICruiseResult['modules'];

  before(async function () {
    this.timeout(30_000);
    modules = await cruised(ROOT);
  });

  it('are kept', () => {
    const broken = modules.flatMap(({ source, rules = [], dependencies }) => [
      ...rules.map(({ name }) => `${name}: ${source}`),
      ...dependencies.flatMap(({ resolved, rules = [] }) =>
        rules.map(({ name }) => `${name}: ${source} → ${resolved}`),
      ),
    ]);
    expect(broken).to.deep.equal([]);
  });

  it('see every file and every import', () => {
    const seen = modules.filter(({ source }) => SOURCE_FILES.includes(source));
    expect(seen.map(({ source }) => source)).to.have.members(SOURCE_FILES);

    const imports = SOURCE_FILES.flatMap((file) =>
      ts.preProcessFile(read(file)).importedFiles.map(({ fileName }) => `${file} → ${fileName}`),
    );
    expect(imports.length).to.be.greaterThan(SOURCE_FILES.length);
    expect(seen.flatMap(({ source, dependencies }) => dependencies.map((to) => `${source} → ${specifier(to)}`)))
      // An import of a type and one of a value from the same file may count as one edge or as two.
      .to.include.members(imports);
  });

  it('resolve each import alias', () => {
    const aliases = modules.flatMap(({ dependencies }) => dependencies).filter(({ module }) => module.startsWith('#'));
    expect(new Set(aliases.map(({ module }) => module.split('/')[0]))).to.deep.equal(
      new Set(['#domain', '#application', '#infrastructure', '#interfaces']),
    );
    for (const { module, resolved } of aliases) {
      expect(resolved).to.equal(`src/${module.slice(1)}.ts`);
      expect(SOURCE_FILES).to.include(resolved);
    }
  });

  it('each match a file that exists', () => {
    const idle = forbidden.filter(
      ({ from: { path = [], pathNot = [] } }) =>
        !SOURCE_FILES.some((file) => matches(file, path) && !matches(file, pathNot)),
    );
    expect(idle).to.deep.equal([]);
  });

  it('cover every file, and cover no folder without files', () => {
    const places = allowed.map(({ from: { path } }) => path);
    expect(places.filter((place) => !SOURCE_FILES.some((file) => matches(file, place)))).to.deep.equal([]);
    expect(SOURCE_FILES.filter((file) => !places.some((place) => matches(file, place)))).to.deep.equal([]);
  });

  it('allow no package that is unused there', () => {
    const idle = forbidden.flatMap(({ name, from: { path = [] }, to: { pathNot = [] } }) => {
      const imports = modules
        .filter(({ source }) => matches(source, path))
        .flatMap(({ dependencies }) => dependencies.map(({ resolved }) => resolved));
      return [pathNot]
        .flat()
        .filter((mayBe) => !mayBe.startsWith('^src/') && !imports.some((resolved) => matches(resolved, mayBe)))
        .map((mayBe) => `${name}: ${mayBe}`);
    });
    expect(idle).to.deep.equal([]);
  });

  describe('can fail:', () => {
    let copy: string;
    let spoiled: ICruiseResult['modules'];

    before(async function () {
      this.timeout(30_000);
      copy = mkdtempSync(join(tmpdir(), 'opportunities-violations-'));
      for (const part of [
        'src',
        'tests/architecture',
        'tools/local',
        'bench/figures.ts',
        'examples/mobile',
        'package.json',
      ])
        cpSync(join(ROOT, part), join(copy, part), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
      for (const [, file, line] of VIOLATIONS) {
        mkdirSync(dirname(join(copy, file)), { recursive: true });
        appendFileSync(join(copy, file), `${line}\n`);
      }
      spoiled = await cruised(copy);
    });

    after(() => {
      rmSync(copy, { recursive: true });
    });

    for (const rule of RULES)
      it(rule, () => {
        const violations = VIOLATIONS.filter(([broken]) => broken === rule);
        expect(violations).not.to.deep.equal([]);
        for (const [, file, line] of violations) {
          const imported = /'(.+)'/.exec(line)?.[1];
          const module = spoiled.find(({ source }) => source === file);
          const suspects = imported ? module?.dependencies.filter((to) => specifier(to) === imported) : [module];
          const broken = suspects?.flatMap((suspect) => suspect?.rules ?? []).map(({ name }) => name);
          expect(broken, `${file}: ${line}`).to.deep.equal([rule]);
        }
      });

    it('and no planted violation names an unknown rule', () => {
      expect(VIOLATIONS.filter(([rule]) => !RULES.includes(rule))).to.deep.equal([]);
    });
  });
});

async function cruised(folder: string): Promise<ICruiseResult['modules']> {
  const { output } = await cruise(['src'], { ...options, baseDir: folder }, { bustTheCache: true });
  return (output as ICruiseResult).modules;
}

function specifier({ protocol = '', module }: { protocol?: string; module: string }): string {
  return protocol + module;
}

function matches(file: string, pattern: string | string[]): boolean {
  return [pattern].flat().some((regex) => new RegExp(regex).test(file));
}

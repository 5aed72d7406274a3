import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { expect } from 'chai';
import type { OutboxOverview, OutboxStatus } from '#application/ports/operations/outbox-overview';
import type {
  EventSummary,
  FreedKey,
  ParkedEvent,
  ParkedKey,
  ParkedMessages,
  Whereabouts,
} from '#application/ports/operations/parked-messages';
import type { RelayPause } from '#application/ports/operations/relay-pause';
import { BadUsage } from '#interfaces/cli/outbox/command-arguments';
import { CannotBeDone, type CommandResult, type OutboxCommand } from '#interfaces/cli/outbox/outbox-command';
import { parkedList, parkedShow } from '#interfaces/cli/outbox/parked';
import { pause, resume } from '#interfaces/cli/outbox/pause-relaying';
import { peek } from '#interfaces/cli/outbox/status';
import { parkedDiscard, parkedRetry } from '#interfaces/cli/outbox/parked';
import { status } from '#interfaces/cli/outbox/status';
import { duration, printable } from '#interfaces/cli/outbox/text-formats';
import { runOutboxCommand } from '../../../../src/commands.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { thrownBy } from '../../../support/system/thrown-by.ts';

const HEAD = '01a204b7-f81d-7702-a63b-cc7085dfefde';
const BEHIND = '01a204b7-f81d-7702-a63b-cc7085dfefdf';
const CREATED = new Date('2026-03-04T05:06:07.891Z');

const EVENT: EventSummary = {
  id: HEAD,
  type: 'opportunities.OpportunityCreated.v1',
  key: 'a-key',
  payloadBytes: 1234,
  createdAt: CREATED,
  ageSeconds: 150.5,
};
const PARKED: ParkedKey = { event: EVENT, refusal: 'MESSAGE_TOO_LARGE', parkedAt: CREATED, behind: 2 };
const SHOWN: ParkedEvent = {
  ...EVENT,
  headers: { ce_type: 'opportunities.OpportunityCreated.v1' },
  payload: '{"secretive":"payload"}',
  refusal: 'MESSAGE_TOO_LARGE',
  parkedAt: CREATED,
  head: { id: HEAD, refusal: 'MESSAGE_TOO_LARGE' },
};
const FREED: FreedKey = { key: 'a-key', events: 3, last: '12' };
const PUBLISHED: Whereabouts = { key: 'a-key', state: 'published', refused: null, isOwned: true, isPaused: false };
const FINE: OutboxStatus = {
  waiting: 0,
  oldestSeconds: null,
  publishedLastMinute: 1200,
  relays: [{ owner: 'host-a:17:1790000000000', address: '10.0.0.5', connectedAt: CREATED, shares: 64 }],
  unownedShares: [],
  parked: [],
  parkedKeys: 0,
  pause: null,
  retained: null,
};

/** The ports of the commands in one object. Each command sees only its own. */
type Parts = Pick<OutboxOverview, keyof OutboxOverview> &
  Pick<ParkedMessages, keyof ParkedMessages> &
  Pick<RelayPause, keyof RelayPause>;

/** Rejects every call that a test did not prepare. */
const unexpected = () => Promise.reject(new Error('the test did not prepare this call'));
const NOTHING: Parts = {
  status: unexpected,
  waiting: unexpected,
  keys: unexpected,
  find: unexpected,
  retry: unexpected,
  discard: unexpected,
  whereabouts: unexpected,
  pause: unexpected,
  resume: unexpected,
};

type Command = OutboxCommand<OutboxOverview> | OutboxCommand<ParkedMessages> | OutboxCommand<RelayPause>;
const perform = (command: Command, args: string[], known: Partial<Parts>): Promise<CommandResult> =>
  command.read(args).perform({ ...NOTHING, ...known });
const problemsOf = (command: Command, ...args: string[]): readonly string[] => {
  const error = thrownBy(() => command.read(args));
  expect(error).to.be.instanceOf(BadUsage);
  return (error as BadUsage).problems;
};

describe('the commands of the outbox', () => {
  describe('status', () => {
    const seen = async (changes: Partial<OutboxStatus>) =>
      perform(status, [], { status: async () => ({ ...FINE, ...changes }) });

    it('is fine when events flow', async () => {
      const { ok, text, json } = await seen({});
      expect(ok).to.equal(true);
      expect(text.split('\n')).to.deep.equal([
        'fine',
        '',
        'waiting    0 events',
        'published  1,200 events in the last minute',
        'relays     1',
        '           host-a:17: 64 buckets, connected from 10.0.0.5 since 2026-03-04T05:06:07Z',
        'parked     0 keys',
        'paused     no',
        'retained   no events',
        '',
      ]);
      const { relays, unownedShares, ...others } = FINE;
      expect(json).to.deep.equal({
        state: 'fine',
        states: [],
        ...others,
        relays: relays.map(({ shares, ...relay }) => ({ ...relay, buckets: shares })),
        bucketsWithoutOwner: unownedShares,
      });
      expect(Object.keys(json)).to.deep.equal([
        'state',
        'states',
        'waiting',
        'oldestSeconds',
        'publishedLastMinute',
        'relays',
        'bucketsWithoutOwner',
        'parked',
        'parkedKeys',
        'pause',
        'retained',
      ]);
    });

    const since = { since: CREATED, reason: 'a new\ntopic' };
    for (const [changes, line, state] of [
      [{ relays: [] }, 'no relay publishes: none runs, or none reaches the broker', 'nobody_relays'],
      [{ pause: since }, 'paused', 'paused'],
      [{ parkedKeys: 1, parked: [PARKED] }, '1 key parked', 'parked'],
      [
        { parkedKeys: 2000, pause: since, relays: [] },
        'no relay publishes: none runs, or none reaches the broker; paused; 2,000 keys parked',
        'nobody_relays',
      ],
    ] as const)
      it(`has the first line: ${line}`, async () => {
        const { ok, text, json } = await seen(changes);
        expect([ok, text.split('\n')[0], json['state']]).to.deep.equal([false, line, state]);
      });

    it('shows waiting events, relays, parked keys, the pause and retained events', async () => {
      const { text } = await seen({
        waiting: 12_345,
        oldestSeconds: 61,
        publishedLastMinute: null,
        relays: [{ owner: null, address: null, connectedAt: null, shares: 0 }],
        unownedShares: [1, 2],
        parked: [PARKED],
        parkedKeys: 3,
        pause: since,
        retained: { count: 5_000_000, isEstimate: true, from: CREATED, to: CREATED },
      });
      expect(text.split('\n').slice(2)).to.deep.equal([
        'waiting    12,345 events, the oldest for 61 s',
        'published  unknown: OUTBOX_RETENTION_HOURS is 0, so no event is retained',
        'relays     1; 2 buckets without an owner',
        '           unnamed: 0 buckets, connected',
        'parked     3 keys',
        `           a-key: ${HEAD}, 2 behind it: MESSAGE_TOO_LARGE`,
        '           … 2 more: parked list',
        'paused     since 2026-03-04T05:06:07Z: a new\\u{a}topic',
        'retained   about 5,000,000 events, published from 2026-03-04T05:06:07Z to 2026-03-04T05:06:07Z',
        '',
      ]);
    });
  });

  it('peek shows events in columns, as many as --limit says', async () => {
    const asked: unknown[] = [];
    const waiting: Parts['waiting'] = async (only) => (asked.push(only), [EVENT]);
    const { text, json } = await perform(peek, ['--key', 'a-key', '--limit=5'], { waiting });
    await perform(peek, [], { waiting });
    expect(asked).to.deep.equal([
      { key: 'a-key', limit: 5 },
      { key: undefined, limit: 20 },
    ]);
    expect(text).to.equal(
      [
        'EVENT                                 TYPE                                 KEY    BYTES  AGE',
        `${HEAD}  opportunities.OpportunityCreated.v1  a-key  1,234  2 min`,
        '',
      ].join('\n'),
    );
    expect(json).to.deep.equal({ events: [EVENT] });
    expect((await perform(peek, [], { waiting: async () => [] })).text).to.equal('no events wait\n');
  });

  it('parked list shows the refusal and the number of events behind it', async () => {
    const { text, json } = await perform(parkedList, [], { keys: async () => [PARKED] });
    expect(text).to.match(/ BEHIND {2}REFUSAL\n.* 2 {7}MESSAGE_TOO_LARGE\n$/);
    expect(json).to.deep.equal({ parked: [PARKED] });
    expect((await perform(parkedList, [], { keys: async () => [] })).text).to.equal('no key is parked\n');
  });

  describe('parked show', () => {
    it('prints the payload and the headers', async () => {
      const { text, json } = await perform(parkedShow, [HEAD], { find: async () => SHOWN });
      expect(text).to.contain('{"secretive":"payload"}\n').and.to.contain('refusal  MESSAGE_TOO_LARGE\n');
      expect(text).to.contain('header   ce_type: opportunities.OpportunityCreated.v1\n');
      expect(json).to.deep.equal({ event: SHOWN });
    });

    for (const [head, words] of [
      [{ id: BEHIND, refusal: 'TOO_LARGE' }, `none: the event waits behind ${BEHIND}`],
      [{ id: BEHIND, refusal: null }, 'none: the event waits for a relay'],
      [{ id: HEAD, refusal: null }, 'none: the event was retried and waits for a relay'],
    ] as const)
      it(`says of an event that is not refused: ${words}`, async () => {
        const shown = { ...SHOWN, refusal: null, head };
        const { text } = await perform(parkedShow, [HEAD], { find: async () => shown });
        expect(text).to.contain(`refusal  ${words}\n`);
      });

    it('says that no such event is parked', async () => {
      const error = await rejection(perform(parkedShow, [HEAD], { find: async () => undefined }));
      expect(error)
        .to.be.instanceOf(CannotBeDone)
        .and.to.include({ message: `No parked event has the id ${HEAD}.` });
    });
  });

  describe('parked retry', () => {
    const known: Partial<Parts> = {
      find: async () => SHOWN,
      keys: async () => [PARKED],
      retry: async () => [FREED],
      whereabouts: async () => [PUBLISHED],
    };

    for (const args of [[HEAD], ['--key', 'a-key'], ['--all']])
      it(`${args.join(' ')} retries the refused event of the key, and says that it was published`, async () => {
        const asked: unknown[] = [];
        const retry: Parts['retry'] = async (heads) => (asked.push(...heads), [FREED]);
        const { ok, text, json } = await perform(parkedRetry, args, { ...known, retry });
        expect(asked).to.have.length(1);
        expect(asked[0]).to.include({ id: HEAD, key: 'a-key' });
        expect([ok, text]).to.deep.equal([true, 'key a-key: 3 events published\n']);
        expect(json).to.deep.equal({ retried: 1, keys: [{ ...PUBLISHED, events: 3 }] });
      });

    it('says that the event was refused again, and why', async () => {
      const again: Whereabouts = { ...PUBLISHED, state: 'refused', refused: { id: BEHIND, refusal: 'TOO_LARGE' } };
      const { ok, text } = await perform(parkedRetry, [HEAD], { ...known, whereabouts: async () => [again] });
      expect([ok, text]).to.deep.equal([false, `key a-key: refused again: ${BEHIND}: TOO_LARGE\n`]);
    });

    describe('watches for five seconds', () => {
      beforeEach(() => {
        mock.timers.enable({ apis: ['setTimeout'] });
      });
      afterEach(() => {
        mock.timers.reset();
      });

      async function after(looks: number, where: Partial<Whereabouts>): Promise<CommandResult> {
        let looked = 0;
        const waiting: Whereabouts = { ...PUBLISHED, state: 'waiting', ...where };
        const whereabouts = async () => [(looked += 1) > looks ? PUBLISHED : waiting];
        const result = perform(parkedRetry, [HEAD], { ...known, whereabouts });
        for (let tick = 0; tick < 60; tick += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          mock.timers.tick(100);
        }
        return result;
      }

      for (const [where, ok, words] of [
        [
          { isOwned: false },
          true,
          'no relay publishes: none runs, or none reaches the broker; 3 events will be published when one does',
        ],
        [{ isPaused: true }, true, 'the outbox is paused: 3 events will be published when it is resumed'],
        [{}, false, 'not all of 3 events were published within 5 seconds; the relay goes on'],
      ] as const)
        it(`and says: ${words}`, async () => {
          const result = await after(Infinity, where);
          expect([result.ok, result.text]).to.deep.equal([ok, `key a-key: ${words}\n`]);
        });

      it('and stops as soon as the events are published', async () => {
        expect((await after(49, {})).text).to.equal('key a-key: 3 events published\n');
        expect((await after(50, {})).text).to.contain('not all of 3 events');
      });
    });

    it('does nothing when no key is parked', async () => {
      const nothing = { keys: async () => [], retry: async () => [] };
      const { ok, text } = await perform(parkedRetry, ['--all'], nothing);
      expect([ok, text]).to.deep.equal([true, 'no key is parked\n']);
    });

    for (const [title, args, answers, message] of [
      ['no such event', [HEAD], { find: async () => undefined }, `No parked event has the id ${HEAD}.`],
      ['no such key', ['--key', 'b\u001b'], { keys: async () => [] }, 'The key b\\u{1b} is not parked.'],
      [
        'an event behind another one',
        [HEAD],
        { find: async () => ({ ...SHOWN, refusal: null, head: { id: BEHIND, refusal: 'x' } }) },
        `The event ${HEAD} was not refused: it waits behind ${BEHIND}, the refused event of its key.`,
      ],
      ['a race', [HEAD], { retry: async () => [] }, 'The event is no longer refused: see "parked list".'],
    ] as const)
      it(`refuses ${title}`, async () => {
        const error = await rejection(perform(parkedRetry, [...args], { ...known, ...answers }));
        expect(error).to.be.instanceOf(CannotBeDone).and.to.include({ message });
      });

    it('requires exactly one of EVENT, --key and --all', () => {
      expect(problemsOf(parkedRetry)).to.deep.equal(['Say what to retry: EVENT, --key K or --all.']);
      expect(problemsOf(parkedRetry, HEAD, '--all')).to.deep.equal([
        'Say only once what to retry: EVENT, --key K or --all.',
      ]);
      expect(problemsOf(parkedRetry, '--key', 'k', '--all')).to.have.length(1);
    });
  });

  describe('parked discard', () => {
    const asked: unknown[][] = [];
    const known: Partial<Parts> = {
      find: async () => SHOWN,
      discard: async (...args) => (asked.push(args), { discarded: 1, freed: { ...FREED, events: 2 } }),
      whereabouts: async () => [PUBLISHED],
    };

    it('gives up one event, and reports the events behind it', async () => {
      asked.length = 0;
      const { ok, text, json } = await perform(parkedDiscard, [HEAD, '--reason', ' too old '], known);
      expect(asked).to.deep.equal([[SHOWN, 'too old', false]]);
      expect([ok, text]).to.deep.equal([true, '1 event discarded, key a-key\nkey a-key: 2 events published\n']);
      expect(json).to.deep.equal({ discarded: 1, keys: [{ ...PUBLISHED, events: 2 }] });
    });

    it('gives up all parked events of the key with --all-of-key', async () => {
      asked.length = 0;
      const discard: Parts['discard'] = async (...args) => (asked.push(args), { discarded: 3, freed: undefined });
      const args = [HEAD, '--reason=gone', '--all-of-key'];
      const { text } = await perform(parkedDiscard, args, { ...known, discard });
      expect(asked).to.deep.equal([[SHOWN, 'gone', true]]);
      expect(text).to.equal('3 events discarded, key a-key\nno events wait behind it\n');
    });

    it('fails when the event is no longer refused', async () => {
      const discard = async () => ({ discarded: 0, freed: undefined });
      const error = await rejection(perform(parkedDiscard, [HEAD, '--reason', 'x'], { ...known, discard }));
      expect(error).to.be.instanceOf(CannotBeDone);
    });

    it('requires an event and a reason', () => {
      expect(problemsOf(parkedDiscard)).to.deep.equal([
        'The id of the event is missing.',
        '--reason is missing: state why the event may be given up.',
      ]);
      expect(problemsOf(parkedDiscard, HEAD, '--reason', '  ')).to.deep.equal(['--reason: must not be empty']);
    });
  });

  it('pause and resume say whether the outbox was paused, since when and why', async () => {
    const was = { since: CREATED, reason: 'a topic moves' };
    const paused = async (isNew: boolean) => perform(pause, [], { pause: async () => ({ pause: was, isNew }) });
    expect(await paused(true)).to.deep.equal({
      ok: true,
      text: 'paused: events wait until "outbox resume"\n',
      json: { pause: was, isNew: true },
    });
    expect((await paused(false)).text).to.equal(
      'already paused, since 2026-03-04T05:06:07Z: a topic moves\nnothing has changed\n',
    );
    const resumed = await perform(resume, [], { resume: async () => was });
    expect(resumed.text).to.equal('resumed; the outbox was paused since 2026-03-04T05:06:07Z: a topic moves\n');
    expect(resumed.json).to.deep.equal({ was });
    const nothing = await perform(resume, [], { resume: async () => undefined });
    expect([nothing.text, nothing.json]).to.deep.equal([
      'the outbox was not paused: nothing has changed\n',
      { was: null },
    ]);
  });

  it('pause stores the reason, or none', async () => {
    const asked: unknown[] = [];
    const pauseIt: Parts['pause'] = async (reason) => (
      asked.push(reason),
      { pause: { since: CREATED, reason }, isNew: true }
    );
    await perform(pause, ['--reason', 'a topic moves'], { pause: pauseIt });
    await perform(pause, [], { pause: pauseIt });
    expect(asked).to.deep.equal(['a topic moves', null]);
  });

  it('report all problems of a command line, each with its argument', () => {
    expect(problemsOf(peek, '--limit', '0', '--key', '--colour', '--json=yes', 'left', '--json')).to.deep.equal([
      '--key: the value is missing. Write a value that begins with a dash as --key=-…',
      '--colour: this option does not exist.',
      '--json=yes: this option takes no value.',
      'left: is one argument too many.',
      '--json: is given twice.',
      '--limit 0: must be a whole number from 1 to 1000.',
    ]);
    expect(problemsOf(parkedShow, 'nonsense')).to.deep.equal([
      'nonsense: is not the id of an event, such as 01a204b7-f81d-7702-a63b-cc7085dfefde.',
    ]);
    for (const limit of ['1001', '-1', '1.5', 'many']) expect(problemsOf(peek, `--limit=${limit}`)).to.have.length(1);
    expect(peek.read(['--key=-x']).help).to.equal(false);
    expect(peek.read(['--help', '--colour']).help).to.equal(true);
  });

  it('print durations in the largest unit of which there are two', () => {
    expect([-1, 0, 119.9, 120, 7199, 7200, 172_799, 172_800].map(duration)).to.deep.equal([
      '0 s',
      '0 s',
      '119 s',
      '2 min',
      '119 min',
      '2 h',
      '47 h',
      '2 d',
    ]);
  });

  it('escape control characters', () => {
    expect(printable('é\u001b[2J\u202e\n')).to.equal('é\\u{1b}[2J\\u{202e}\\u{a}');
  });

  describe('as a process', () => {
    let folder: string;
    let home: string;

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'opportunities-outbox-'));
      home = process.cwd();
      process.chdir(folder);
    });

    after(() => {
      process.chdir(home);
      rmSync(folder, { recursive: true });
    });

    const AWAY = {
      NODE_ENV: 'test',
      JWT_SECRET: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      DATABASE_URL: 'postgresql://ada:hunter2@127.0.0.1:1/opportunities',
    };
    const NAMES = [
      'status',
      'peek',
      'parked list',
      'parked show',
      'parked retry',
      'parked discard',
      'pause',
      'resume',
      'replay',
      'verify',
    ];

    it('print their help', async () => {
      for (const args of [['--help'], ['-h'], ['parked', '--help']]) {
        const { code, output, error } = await runOutboxCommand(args, {});
        expect([code, error]).to.deep.equal([0, '']);
        for (const name of NAMES) expect(output).to.contain(`\n  ${name} `);
      }
      const { code, output } = await runOutboxCommand(['parked', 'discard', '--help'], {});
      expect([code, output.includes('--reason T'), output.includes('peek')]).to.deep.equal([0, true, false]);
    });

    it('are all in the documentation', () => {
      const documented = readFileSync(join(home, 'docs/operators/outbox-commands.md'), 'utf8');
      for (const name of NAMES) expect(documented).to.match(new RegExp(`npm run outbox -- ${name}\\b`));
    });

    for (const [args, problem] of [
      [[], 'A command is missing.'],
      [['constructor'], 'constructor: this command does not exist.'],
      [['parked'], 'parked: this command does not exist.'],
      [['parked', 'eat', 'all'], 'parked eat: this command does not exist.'],
      [['--json'], '--json: this command does not exist.'],
    ] as const)
      it(`end with 2 for "${args.join(' ')}"`, async () => {
        const { code, output, error } = await runOutboxCommand(args, AWAY);
        expect([code, output, error.split('\n')[0]]).to.deep.equal([2, '', problem]);
      });

    it('end with 2 for a bad argument, before the configuration is read', async () => {
      const { code, output, error } = await runOutboxCommand(['peek', '--limit', 'x', '--colour'], {});
      expect([code, output]).to.deep.equal([2, '']);
      expect(error).to.match(/^--colour: this.*\n--limit x: must.*\n\n {2}peek \[/);
    });

    it('end with 78 for a bad configuration, with all problems', async () => {
      const { code, output, error } = await runOutboxCommand(['status'], { NODE_ENV: 'production' });
      expect([code, output]).to.deep.equal([78, '']);
      for (const name of ['DATABASE_URL', 'JWT_SECRET', 'KAFKA_BROKERS'])
        expect(error).to.contain(`  ${name} is required`);
      const json = await runOutboxCommand(['status', '--json'], { NODE_ENV: 'production' });
      expect([json.code, json.error]).to.deep.equal([78, '']);
      expect((JSON.parse(json.output) as { problems: string[] }).problems).to.have.length(3);
    });

    it('end with 1 when the database is away, and print no password', async () => {
      const { code, output, error } = await runOutboxCommand(['status'], AWAY);
      expect([code, output, error]).to.deep.equal([1, '', 'The database cannot be used: nothing listens there.\n']);
      const json = await runOutboxCommand(['peek', '--json'], AWAY);
      expect(JSON.parse(json.output)).to.deep.equal({
        version: 1,
        command: 'peek',
        ok: false,
        problems: ['The database cannot be used: nothing listens there.'],
      });
    });

    it('read .env of this folder, and the environment wins', async () => {
      writeFileSync(
        '.env',
        Object.entries(AWAY)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      );
      expect((await runOutboxCommand(['status'], {})).error).to.equal(
        'The database cannot be used: nothing listens there.\n',
      );
      expect((await runOutboxCommand(['status'], { DATABASE_URL: 'nonsense' })).code).to.equal(78);
    });
  });
});

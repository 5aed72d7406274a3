import type { SurvivorRow } from './judge-survivors.ts';

/** Changes that no test can notice, because the changed code does the same. `npm run mutation` reads this table. */
export const SURVIVORS: readonly SurvivorRow[] = [
  {
    file: 'src/domain/opportunities/formats.ts',
    line: "const language = new RegExp(LANGUAGE_PATTERN, 'u');",
    change: ["'u'", '""'],
    why: 'The pattern has only ASCII characters and no class that a pair of surrogates could meet.',
  },
  {
    file: 'src/domain/opportunities/formats.ts',
    line: "const email = new RegExp(EMAIL_PATTERN, 'u');",
    change: ["'u'", '""'],
    why: 'The excluded characters are below U+10000, and a run of characters is the same run of halves.',
  },
  {
    file: 'src/domain/opportunities/formats.ts',
    line: 'const IPV4_ADDRESS = /^\\d+(\\.\\d+){3}$/;',
    change: ['/^\\d+(\\.\\d+){3}$/', '/\\d+(\\.\\d+){3}$/'],
    why: 'A URL parser refuses every host whose last part is a number, except an IPv4 address.',
  },
  {
    file: 'src/domain/opportunities/opportunity-details.ts',
    line: "if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;",
    change: [
      "typeof one !== 'object' || typeof other !== 'object'",
      "typeof one !== 'object' && typeof other !== 'object'",
    ],
    why: 'No field holds an object in one version and a text or a number in another.',
  },
  {
    file: 'src/domain/opportunities/opportunity-details.ts',
    line: "if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;",
    change: ["typeof one !== 'object'", 'false'],
    why: 'No field holds an object in one version and a text or a number in another, so the other half finds the same.',
  },
  {
    file: 'src/domain/opportunities/opportunity-details.ts',
    line: "if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;",
    change: ["typeof other !== 'object'", 'false'],
    why: 'No field holds an object in one version and a text or a number in another, so the other half finds the same.',
  },
  {
    file: 'src/domain/opportunities/opportunity-invariants.ts',
    line: 'const wrong = low !== null && low !== undefined && high !== null && high !== undefined && high < low;',
    change: ['low !== undefined', 'true'],
    why: 'No value is smaller than undefined. The compiler needs the comparison.',
  },
  {
    file: 'src/domain/opportunities/opportunity-invariants.ts',
    line: 'const wrong = low !== null && low !== undefined && high !== null && high !== undefined && high < low;',
    change: ['high !== undefined', 'true'],
    why: 'undefined is smaller than no value. The compiler needs the comparison.',
  },
  {
    file: 'src/domain/opportunities/opportunity-status.ts',
    line: "status === 'published' && (opensAt === null || opensAt <= instant) && (deadlineAt === null || instant < deadlineAt)",
    change: ['opensAt === null', 'false'],
    why: 'null compares like the year 1970, which is before every instant. The compiler needs the comparison.',
  },
  {
    file: 'src/domain/text.ts',
    line: 'return text.length <= max && text.length >= 2 * min ? text.length : Array.from(text).length;',
    change: ['text.length <= max && text.length >= 2 * min', 'false'],
    why: 'The number of UTF-16 units is only a quicker way to the same verdict.',
  },
  {
    file: 'src/domain/text.ts',
    line: 'return text.length <= max && text.length >= 2 * min ? text.length : Array.from(text).length;',
    change: ['text.length <= max', 'text.length < max'],
    why: 'At the limit, counting code points finds an allowed length as well.',
  },
  {
    file: 'src/domain/text.ts',
    line: 'return text.length <= max && text.length >= 2 * min ? text.length : Array.from(text).length;',
    change: ['text.length >= 2 * min', 'text.length > 2 * min'],
    why: 'At the limit, counting code points finds an allowed length as well.',
  },
  {
    file: 'src/domain/text.ts',
    line: "const hasControl = new RegExp(`[${CONTROL}]`, 'u');",
    change: ["'u'", '""'],
    why: 'The characters of the class are below U+0100.',
  },
  {
    file: 'src/domain/text.ts',
    line: "const hasControlButLines = new RegExp(`[${CONTROL_BUT_LINES}]`, 'u');",
    change: ["'u'", '""'],
    why: 'The characters of the class are below U+0100.',
  },
  {
    file: 'src/domain/text.ts',
    line: "const hasSeparatorOrOverride = new RegExp(`[${SEPARATORS_AND_OVERRIDES}]`, 'u');",
    change: ["'u'", '""'],
    why: 'The characters of the class are below U+D800, where surrogates begin.',
  },
  {
    file: 'src/application/outbox/relay-outbox.ts',
    line: 'const behind = batch.messages.filter(({ key }) => parkedKeys.has(key));',
    change: ['batch.messages.filter(({ key }) => parkedKeys.has(key))', 'batch.messages'],
    why: 'Every message of another key was published, and the next line leaves published messages out.',
  },
  {
    file: 'src/application/outbox/retained-span.ts',
    line: "if (to !== undefined && Date.parse(to) <= oldest.getTime()) throw new NothingRetained('too_long_ago', oldest);",
    change: ['to !== undefined', 'true'],
    why: 'A missing end is no date, and no date is smaller than anything. The compiler needs the comparison.',
  },
  {
    file: 'src/application/outbox/verify-topic.ts',
    line: "const id = attributes.find(([name]) => name === 'id')?.[1] ?? '';",
    change: ["''", '"Stryker was here!"'],
    why: 'No event has either text as its id, so a record without an id is ignored.',
  },
  {
    file: 'src/application/outbox/verify-topic.ts',
    line: 'if (before?.shard === shard && position < before.position)',
    change: ['position < before.position', 'position <= before.position'],
    why: 'Two events never have the same position.',
  },
  {
    file: 'src/application/outbox/verify-topic.ts',
    line: 'return shortened(this.sha256(JSON.stringify(attributes.toSorted(([a], [b]) => (a < b ? -1 : 1)))));',
    change: ['a < b', 'a <= b'],
    why: 'Attributes of one event have different names.',
  },
  {
    file: 'src/application/outbox/verify-topic.ts',
    line: 'return shortened(this.sha256(JSON.stringify(attributes.toSorted(([a], [b]) => (a < b ? -1 : 1)))));',
    change: ['a < b', 'a >= b'],
    why: 'Any order will do, if the event and the record are sorted in the same order.',
  },
  {
    file: 'src/application/outbox/verify-topic.ts',
    line: "return Buffer.from(digest.slice(0, 24), 'hex').toString('latin1');",
    change: ['digest.slice(0, 24)', 'digest'],
    why: 'A longer digest finds the same differences and only takes more memory.',
  },
  {
    file: 'src/application/outbox/verify-topic.ts',
    line: "return Buffer.from(digest.slice(0, 24), 'hex').toString('latin1');",
    change: ["'hex'", '""'],
    why: 'The digits of a digest find the same differences as its bytes and only take more memory.',
  },
  {
    file: 'src/application/tokens/authenticate.ts',
    line: 'return issuedAt !== undefined && issuedAt * 1000 >= validAfter.getTime();',
    change: ['issuedAt !== undefined', 'true'],
    why: 'A missing time is no number, and no number is larger than anything. The compiler needs the comparison.',
  },
];

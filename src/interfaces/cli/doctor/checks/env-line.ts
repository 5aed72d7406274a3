import { type EnvFile, linesOf, readAsDecouple, readAsNode, strip } from '../../env-file.ts';
import type { Reason } from '../report.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/** A line that is about the variable, or was meant to be. */
type Line = {
  readonly number: number;
  /** What stands before the name: nothing, "export", "#" or a byte order mark. */
  readonly before: string;
  readonly name: string;
  readonly mark: string;
  /** Without the blanks around it. */
  readonly value: string;
};

type Trait = {
  readonly code: string;
  readonly has: (line: Line) => boolean;
  readonly says: string;
  readonly fix: string;
};

const OWN_LINE = 'Put the comment on a line of its own.';
const PLAIN = 'Write it without quotes: JWT_SECRET= and the digits of openssl rand -hex 32.';

/** What makes the two readers see different values, or none, in one and the same line. */
const TRAITS: readonly Trait[] = [
  {
    code: 'byte_order_mark',
    has: ({ before }) => before.includes(BYTE_ORDER_MARK),
    says: 'a byte order mark stands before the name: both readers take it for a part of the name, and find no JWT_SECRET',
    fix: 'Save the file as UTF-8 without a byte order mark.',
  },
  {
    code: 'commented_out',
    has: ({ before }) => before.includes('#'),
    says: 'the line begins with "#": it is a comment',
    fix: 'Remove the "#".',
  },
  {
    code: 'export',
    has: ({ before }) => /export/.test(before),
    says: 'the line begins with "export": Node skips the word, python-decouple takes it for a part of the name and finds no JWT_SECRET',
    fix: 'Remove "export".',
  },
  {
    code: 'other_name',
    has: ({ name }) => name !== 'JWT_SECRET',
    says: 'the name is not written JWT_SECRET: names are told apart by capitals',
    fix: 'Write JWT_SECRET.',
  },
  {
    code: 'no_equals_sign',
    has: ({ mark }) => mark !== '=',
    says: 'there is no "=" behind the name',
    fix: 'Write JWT_SECRET=, then the secret.',
  },
  {
    code: 'comment_after_quotes',
    has: ({ value }) => /^(["'`]).*\1.*#/.test(value) && !endsQuoted(value),
    says: 'a comment stands behind the quotes: Node drops both, python-decouple takes all of it as the value, quotes included',
    fix: OWN_LINE,
  },
  {
    code: 'inline_comment',
    has: ({ value }) => !isQuoted(value) && /(^|\s)#/.test(value),
    says: 'a comment stands behind the value: Node drops it, python-decouple takes it as a part of the value',
    fix: OWN_LINE,
  },
  {
    code: 'hash',
    has: ({ value }) => !isQuoted(value) && /\S#/.test(value) && !/(^|\s)#/.test(value),
    says: '"#" stands in the value: for Node a comment begins there, python-decouple reads on',
    fix: 'Make a secret without "#": openssl rand -hex 32. To keep this one, put it in quotes in both files.',
  },
  {
    code: 'backticks',
    has: ({ value }) => value.startsWith('`'),
    says: 'the value is in backticks: Node takes them off, python-decouple keeps them',
    fix: PLAIN,
  },
  {
    code: 'line_break_written_out',
    has: ({ value }) => value.startsWith('"') && value.includes('\\n'),
    says: '"\\n" stands in double quotes: Node makes a line break of it, python-decouple keeps a backslash and an n',
    fix: PLAIN,
  },
  {
    code: 'open_quote',
    has: ({ value }) => isQuoted(value) && !endsQuoted(value) && !value.includes('#'),
    says: 'the value begins with a quote and does not end with it: Node reads to the next quote, maybe lines further, python-decouple keeps the whole line, quote included',
    fix: PLAIN,
  },
  {
    code: 'quote_inside',
    has: ({ value }) => endsQuoted(value) && value.slice(1, -1).includes(value.charAt(0)),
    says: 'the quote occurs in the value, too: Node ends there, python-decouple at the end of the line',
    fix: PLAIN,
  },
  {
    code: 'unusual_blank',
    has: ({ value }) => /[^\x20-\x7e]/.test(value.charAt(0) + value.slice(-1)) && /^\s|\s$|^\p{C}|\p{C}$/u.test(value),
    says: 'an unusual blank (such as a non-breaking space) stands at the end: python-decouple drops it, Node keeps it',
    fix: 'Type the line anew instead of pasting it.',
  },
];

/**
 * Why the two readers do not see the same secret in this file, or none at all.
 * @param service whose file it is, as in ".env of Django"
 */
export function troubleIn(file: EnvFile, service: string): Reason[] {
  if (!file.isUtf8) return [reason('not_utf8', `${service}: the file is not UTF-8`, 'Save it as UTF-8.')];
  const node = readAsNode(file.text)['JWT_SECRET'];
  const decouple = readAsDecouple(file.text)['JWT_SECRET'];
  if (node === decouple && node !== undefined && node !== '') return [];
  const lines = linesAbout(file.text);
  const last = lines.findLast(({ before, name }) => !before.includes('#') && name === 'JWT_SECRET') ?? lines.at(-1);
  if (!last) return [reason('missing', `${service}: no line sets JWT_SECRET`, 'Add JWT_SECRET= and the secret.')];
  const where = `${service}, line ${last.number}`;
  const found = TRAITS.filter(({ has }) => has(last)).map(({ code, says, fix }) =>
    reason(code, `${where}: ${says}`, fix),
  );
  if (found.length > 0) return found;
  if (last.value === '' || node === '' || decouple === '')
    return [reason('empty', `${where}: the value is empty`, 'Write the secret behind "=".')];
  return [
    reason(
      'quotes_before',
      `${where}: one of the readers does not get to this line as it stands; a quote that is opened earlier in the file may swallow it`,
      'Close every quote on its own line.',
    ),
  ];
}

/** What `docker run --env-file` and other readers would make of it, although these two agree. */
export function unlikeElsewhere(file: EnvFile): string[] {
  const last = linesAbout(file.text).findLast(({ before, name }) => before === '' && name === 'JWT_SECRET');
  if (!last) return [];
  const found: string[] = [];
  if (/["'`]/.test(last.value)) found.push('quotes, which `docker run --env-file` keeps');
  if (last.value.includes('#')) found.push('"#", where other readers may begin a comment');
  if (last.value.includes('$')) found.push('"$", which Docker Compose and python-dotenv may expand');
  if (last.value.includes('\\')) found.push('a backslash, which some readers take for an escape');
  return found;
}

function linesAbout(text: string): Line[] {
  return linesOf(text).flatMap((line, index) => {
    const [, before = '', name, mark = '', value = ''] =
      /^([\s\uFEFF]*(?:#\s*)?(?:export\s+)?)(jwt_secret)\s*([=:]?)(.*)$/i.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ number: index + 1, before: before.replace(/[^\S\uFEFF]/g, ''), name, mark, value: unblanked(value) }];
  });
}

/** Without what both readers drop. */
function unblanked(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, '');
}

function isQuoted(value: string): boolean {
  return /^["'`]/.test(value);
}

function endsQuoted(value: string): boolean {
  return isQuoted(value) && value.length >= 2 && strip(value).endsWith(value.charAt(0));
}

function reason(code: string, says: string, fix: string): Reason {
  return { code, says, fix };
}

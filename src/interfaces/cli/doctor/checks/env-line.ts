import { type EnvFile, linesOf, readAsDecouple, readAsNode, strip } from '../../env-file.ts';
import type { Reason } from '../report.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/** A line that sets JWT_SECRET, or was meant to. */
type Line = {
  readonly number: number;
  /** The text before the name: nothing, "export", "#" or a byte order mark. */
  readonly before: string;
  readonly name: string;
  readonly mark: string;
  /** The value without the blanks around it. */
  readonly value: string;
};

/** A peculiarity of a line that explains why the two readers disagree. */
type Trait = {
  readonly code: string;
  readonly has: (line: Line) => boolean;
  readonly says: string;
  readonly fix: string;
};

const OWN_LINE = 'Put the comment on a line of its own.';
const PLAIN = 'Write the value without quotes: JWT_SECRET= and the digits that openssl rand -hex 32 prints.';

/** Each of these makes the two readers see different values, or none, in the same line. */
const TRAITS: readonly Trait[] = [
  {
    code: 'byte_order_mark',
    has: ({ before }) => before.includes(BYTE_ORDER_MARK),
    says: 'A byte order mark is before the name. Both readers treat it as a part of the name and find no JWT_SECRET.',
    fix: 'Save the file as UTF-8 without a byte order mark.',
  },
  {
    code: 'commented_out',
    has: ({ before }) => before.includes('#'),
    says: 'The line begins with "#", so it is a comment.',
    fix: 'Remove the "#".',
  },
  {
    code: 'export',
    has: ({ before }) => /export/.test(before),
    says: 'The line begins with "export". Node skips the word; python-decouple treats it as a part of the name and finds no JWT_SECRET.',
    fix: 'Remove "export".',
  },
  {
    code: 'other_name',
    has: ({ name }) => name !== 'JWT_SECRET',
    says: 'The name is not written JWT_SECRET, and capitals matter.',
    fix: 'Write the name as JWT_SECRET.',
  },
  {
    code: 'no_equals_sign',
    has: ({ mark }) => mark !== '=',
    says: 'There is no "=" after the name.',
    fix: 'Write JWT_SECRET=, then the secret.',
  },
  {
    code: 'comment_after_quotes',
    has: ({ value }) => /^(["'`]).*\1.*#/.test(value) && !endsQuoted(value),
    says: 'A comment follows the quotes. Node drops the comment and the quotes; python-decouple takes everything as the value.',
    fix: OWN_LINE,
  },
  {
    code: 'inline_comment',
    has: ({ value }) => !isQuoted(value) && /(^|\s)#/.test(value),
    says: 'A comment follows the value. Node drops it; python-decouple takes it as a part of the value.',
    fix: OWN_LINE,
  },
  {
    code: 'hash',
    has: ({ value }) => !isQuoted(value) && /\S#/.test(value) && !/(^|\s)#/.test(value),
    says: 'The value contains "#". For Node a comment begins there; python-decouple reads on.',
    fix: 'Make a secret without "#": openssl rand -hex 32. To keep this secret, put it in quotes in both files.',
  },
  {
    code: 'backticks',
    has: ({ value }) => value.startsWith('`'),
    says: 'The value is in backticks. Node removes them; python-decouple keeps them.',
    fix: PLAIN,
  },
  {
    code: 'line_break_written_out',
    has: ({ value }) => value.startsWith('"') && value.includes('\\n'),
    says: 'The value contains "\\n" in double quotes. Node turns it into a line break; python-decouple keeps a backslash and an n.',
    fix: PLAIN,
  },
  {
    code: 'open_quote',
    has: ({ value }) => isQuoted(value) && !endsQuoted(value) && !value.includes('#'),
    says: 'The value begins with a quote and does not end with one. Node reads to the next quote, perhaps lines later; python-decouple keeps the whole line with the quote.',
    fix: PLAIN,
  },
  {
    code: 'quote_inside',
    has: ({ value }) => endsQuoted(value) && value.slice(1, -1).includes(value.charAt(0)),
    says: 'The value contains its own quote. For Node the value ends there; for python-decouple at the end of the line.',
    fix: PLAIN,
  },
  {
    code: 'unusual_blank',
    has: ({ value }) => /[^\x20-\x7e]/.test(value.charAt(0) + value.slice(-1)) && /^\s|\s$|^\p{C}|\p{C}$/u.test(value),
    says: 'The value begins or ends with an unusual blank, such as a non-breaking space. python-decouple drops it; Node keeps it.',
    fix: 'Type the line instead of pasting it.',
  },
];

/**
 * Explains why the two readers see different secrets in this file, or none.
 * @param fileName the name of the file for people, as in "Django's .env"
 */
export function readerDifferences(file: EnvFile, fileName: string): Reason[] {
  if (!file.isUtf8) return [reason('not_utf8', `${fileName}: The file is not UTF-8.`, 'Save the file as UTF-8.')];
  const node = readAsNode(file.text)['JWT_SECRET'];
  const decouple = readAsDecouple(file.text)['JWT_SECRET'];
  if (node === decouple && node !== undefined && node !== '') return [];
  const lines = linesAbout(file.text);
  const last = lines.findLast(({ before, name }) => !before.includes('#') && name === 'JWT_SECRET') ?? lines.at(-1);
  if (!last) return [reason('missing', `${fileName}: No line sets JWT_SECRET.`, 'Add JWT_SECRET= and the secret.')];
  const where = `${fileName}, line ${last.number}`;
  const found = TRAITS.filter(({ has }) => has(last)).map(({ code, says, fix }) =>
    reason(code, `${where}: ${says}`, fix),
  );
  if (found.length > 0) return found;
  if (last.value === '' || node === '' || decouple === '')
    return [reason('empty', `${where}: The value is empty.`, 'Write the secret after "=".')];
  return [
    reason(
      'quotes_before',
      `${where}: One of the readers does not see this line as it is written. A quote that is opened earlier in the file may include it.`,
      'Close every quote on its own line.',
    ),
  ];
}

/** Names what `docker run --env-file` and other readers would read differently, although these two agree. */
export function portabilityProblems(file: EnvFile): string[] {
  const last = linesAbout(file.text).findLast(({ before, name }) => before === '' && name === 'JWT_SECRET');
  if (!last) return [];
  const found: string[] = [];
  if (/["'`]/.test(last.value)) found.push('quotes, which `docker run --env-file` keeps as a part of the value');
  if (last.value.includes('#')) found.push('"#", where other readers may begin a comment');
  if (last.value.includes('$')) found.push('"$", which Docker Compose and python-dotenv may expand');
  if (last.value.includes('\\')) found.push('a backslash, which some readers treat as an escape');
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

/** Removes the blanks that both readers drop. */
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

import type { Reason } from '../report.ts';

/** How two secrets differ that should be one, when no way of reading the files makes them equal. */
export function differenceBetween(ours: string, djangos: string): Reason {
  const found = DIFFERENCES.find(({ explains }) => explains(ours, djangos) || explains(djangos, ours));
  const { code, says, fix } = found ?? DIFFERENT;
  return { code, says, fix };
}

type Difference = Reason & {
  /** Whether this, done to the second text, gives the first. Called both ways round. */
  readonly explains: (one: string, other: string) => boolean;
};

const AGAIN = 'Copy the value from one file to the other, or make a new one for both: openssl rand -hex 32';

const DIFFERENCES: readonly Difference[] = [
  {
    code: 'trailing_line_break',
    explains: (one, other) => one === other.replace(/[\r\n]+$/, ''),
    says: 'one of them ends in a line break',
    fix: 'Take it off: files made by echo, and secrets mounted as files, have one. printf %s writes none.',
  },
  {
    code: 'blanks',
    explains: (one, other) => one === other.trim(),
    says: 'one of them has blanks at an end',
    fix: 'Take the blanks off.',
  },
  {
    code: 'quotes_kept',
    explains: (one, other) => /^(["'`]).*\1$/s.test(other) && one === other.slice(1, -1),
    says: 'one of them has its quotes inside',
    fix: 'Write it without quotes on both sides; `docker run --env-file` keeps them.',
  },
  {
    code: 'line_break_written_out',
    explains: (one, other) => one !== other && one === other.replaceAll('\\n', '\n'),
    says: 'one of them has a line break where the other has a backslash and an n',
    fix: AGAIN,
  },
  {
    code: 'cut_off',
    explains: (one, other) => one !== '' && other.startsWith(one),
    says: 'one of them is the beginning of the other: it was cut off, or a comment has become a part of the other',
    fix: AGAIN,
  },
  {
    code: 'capitals',
    explains: (one, other) => one.toLowerCase() === other.toLowerCase(),
    says: 'they differ in capitals alone',
    fix: AGAIN,
  },
  {
    code: 'unicode_form',
    explains: (one, other) => one.normalize('NFC') === other.normalize('NFC'),
    says: 'they look the same, and are written with different Unicode characters',
    fix: 'Use a secret of ASCII letters and digits: openssl rand -hex 32',
  },
];

const DIFFERENT: Reason = { code: 'different', says: 'they have nothing to do with each other', fix: AGAIN };

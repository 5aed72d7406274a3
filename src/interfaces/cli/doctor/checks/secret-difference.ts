import type { Reason } from '../report.ts';

/** Explains how two secrets differ that should be the same, when no way of reading the files makes them equal. */
export function differenceBetween(ourSecret: string, djangoSecret: string): Reason {
  const found = DIFFERENCES.find(
    ({ explains }) => explains(ourSecret, djangoSecret) || explains(djangoSecret, ourSecret),
  );
  const { code, says, fix } = found ?? DIFFERENT;
  return { code, says, fix };
}

type Difference = Reason & {
  /** Whether this kind of difference turns `other` into `one`. It is called with the two secrets in both orders. */
  readonly explains: (one: string, other: string) => boolean;
};

const COPY_AGAIN = 'Copy the value from one file to the other, or make a new secret for both: openssl rand -hex 32';

const DIFFERENCES: readonly Difference[] = [
  {
    code: 'trailing_line_break',
    explains: (one, other) => one === other.replace(/[\r\n]+$/, ''),
    says: 'One of the secrets ends in a line break.',
    fix: 'Remove the line break. Files made by echo, and secrets mounted as files, end in one; printf %s writes none.',
  },
  {
    code: 'blanks',
    explains: (one, other) => one === other.trim(),
    says: 'One of the secrets begins or ends with blanks.',
    fix: 'Remove the blanks.',
  },
  {
    code: 'quotes_kept',
    explains: (one, other) => /^(["'`]).*\1$/s.test(other) && one === other.slice(1, -1),
    says: 'One of the secrets includes its quotes.',
    fix: 'Write the secret without quotes for both services; `docker run --env-file` keeps quotes.',
  },
  {
    code: 'line_break_written_out',
    explains: (one, other) => one !== other && one === other.replaceAll('\\n', '\n'),
    says: 'One of the secrets has a line break where the other has a backslash and an n.',
    fix: COPY_AGAIN,
  },
  {
    code: 'cut_off',
    explains: (one, other) => one !== '' && other.startsWith(one),
    says: 'One of the secrets is the beginning of the other: one was cut off, or the other includes a comment.',
    fix: COPY_AGAIN,
  },
  {
    code: 'capitals',
    explains: (one, other) => one.toLowerCase() === other.toLowerCase(),
    says: 'The secrets differ only in capitals.',
    fix: COPY_AGAIN,
  },
  {
    code: 'unicode_form',
    explains: (one, other) => one.normalize('NFC') === other.normalize('NFC'),
    says: 'The secrets look the same, but consist of different Unicode characters.',
    fix: 'Use a secret of ASCII letters and digits: openssl rand -hex 32',
  },
];

const DIFFERENT: Reason = { code: 'different', says: 'The secrets are entirely different.', fix: COPY_AGAIN };

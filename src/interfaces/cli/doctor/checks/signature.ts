import { createHmac, timingSafeEqual } from 'node:crypto';
import { type EnvFile, readAsDecouple, readAsNode } from '../../env-file.ts';
import type { Reason } from '../report.ts';
import type { TokenContents } from './token-contents.ts';

/** Bits of the hash; undefined for an algorithm without shared secret. */
function hashBits({ header }: TokenContents): number | undefined {
  const bits = typeof header['alg'] === 'string' ? /^HS(256|384|512)$/.exec(header['alg'])?.[1] : undefined;
  return bits === undefined ? undefined : Number(bits);
}

/** Whether a secret has signed it; undefined for an algorithm without shared secret. */
export function isSignedWith(secret: string | Buffer, contents: TokenContents): boolean | undefined {
  const bits = hashBits(contents);
  if (bits === undefined) return undefined;
  const expected = createHmac(`sha${bits}`, secret).update(contents.signed).digest();
  const given = Buffer.from(contents.signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Whether the end of the token is missing. */
export function isCutOff(contents: TokenContents): boolean {
  return Buffer.from(contents.signature, 'base64url').length < (hashBits(contents) ?? 0) / 8;
}

export type KnownSecrets = {
  readonly secret: string;
  /** Accepted, too. */
  readonly previous: string | undefined;
  readonly ours: EnvFile | undefined;
  readonly djangos: EnvFile | undefined;
};

type Guess = Reason & { readonly secrets: readonly (string | Buffer | undefined)[] };

/** The guide's own examples, which somebody may have left in Django. */
const PLACEHOLDERS = ['your-super-secret-key-change-this', 'your-super-secret-key-change-this-in-production'];

/** With which other secret Django has signed, if it is one that people mistake for the right one. */
export function guessedCause(contents: TokenContents, { secret, ours, djangos }: KnownSecrets): Reason | undefined {
  const guesses: Guess[] = [
    {
      code: 'signed_with_django_file',
      secrets: djangos ? [readAsDecouple(djangos.text)['JWT_SECRET']] : [],
      says: "it is signed with the secret of Django's file, as python-decouple reads it; this service has another",
      fix: 'Mend secret.same.',
    },
    {
      code: 'signed_with_our_file_as_django_reads_it',
      secrets: ours ? [readAsDecouple(ours.text)['JWT_SECRET']] : [],
      says: 'it is signed with the secret of our file as python-decouple reads it; Node reads another from the same line',
      fix: 'Mend secret.same: a comment, quotes or "#" on that line.',
    },
    {
      code: 'signed_with_django_file_as_node_reads_it',
      secrets: djangos ? [readAsNode(djangos.text)['JWT_SECRET']] : [],
      says: "it is signed with the secret of Django's file as Node reads it, not as python-decouple does",
      fix: 'Mend secret.same: a comment, quotes or "#" on that line.',
    },
    {
      code: 'signed_with_secret_key',
      secrets: djangos ? ['SECRET_KEY', 'DJANGO_SECRET_KEY'].map((name) => readAsDecouple(djangos.text)[name]) : [],
      says: "it is signed with Django's SECRET_KEY",
      fix: "Set 'SIGNING_KEY': config('JWT_SECRET') in Django's SIMPLE_JWT: without it simplejwt takes SECRET_KEY.",
    },
    {
      code: 'signed_with_placeholder',
      secrets: PLACEHOLDERS,
      says: 'it is signed with the example secret of the guide: Django does not see its JWT_SECRET, and takes the default',
      fix: "Remove the default from config('JWT_SECRET', default=…), and look where Django reads its .env.",
    },
    {
      code: 'signed_with_line_break',
      secrets: [`${secret}\n`, `${secret}\r\n`, secret.trim()],
      says: 'it is signed with the same secret, but for a line break or blanks at its end',
      fix: 'Take them off: files made by echo, and secrets mounted as files, end in a line break.',
    },
    {
      code: 'signed_with_quotes',
      secrets: [...['"', "'", '`'].map((quote) => quote + secret + quote), secret.replace(/^(["'`])(.*)\1$/s, '$2')],
      says: 'it is signed with the same secret, but for quotes around it',
      fix: 'Write it without quotes on both sides.',
    },
    {
      code: 'signed_with_decoded_secret',
      secrets: (['hex', 'base64', 'base64url'] as const).map((encoding) => Buffer.from(secret, encoding)),
      says: 'it is signed with the bytes that the secret is the hexadecimal or base64 form of',
      fix: 'simplejwt takes the text as it stands: do not decode it in settings.py.',
    },
    {
      code: 'signed_with_nothing',
      secrets: [''],
      says: 'it is signed with an empty secret',
      fix: 'Set JWT_SECRET for Django.',
    },
  ];
  const found = guesses.find(({ secrets }) =>
    secrets.some((guess) => guess !== undefined && isSignedWith(guess, contents)),
  );
  return found && { code: found.code, says: found.says, fix: found.fix };
}

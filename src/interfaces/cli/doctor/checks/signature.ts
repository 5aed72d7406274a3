import { createHmac, timingSafeEqual } from 'node:crypto';
import { type EnvFile, readAsDecouple, readAsNode } from '../../env-file.ts';
import type { Reason } from '../report.ts';
import type { TokenContents } from './token-contents.ts';

/** @returns the number of bits of the algorithm's hash; undefined for an algorithm without a shared secret. */
function hashBits({ header }: TokenContents): number | undefined {
  const bits = typeof header['alg'] === 'string' ? /^HS(256|384|512)$/.exec(header['alg'])?.[1] : undefined;
  return bits === undefined ? undefined : Number(bits);
}

/** @returns whether the token is signed with this secret; undefined for an algorithm without a shared secret. */
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

/** Secrets of this service, and the files in which other candidates may be found. */
export type KnownSecrets = {
  readonly secret: string;
  /** The previous secret. Tokens that it has signed are still accepted. */
  readonly previous: string | undefined;
  readonly ourFile: EnvFile | undefined;
  readonly djangoFile: EnvFile | undefined;
};

/** A cause, with the secrets that would prove it. */
type Guess = Reason & { readonly secrets: readonly (string | Buffer | undefined)[] };

/** Example secrets of the integration guide, which somebody may have left in Django. */
const PLACEHOLDERS = ['your-super-secret-key-change-this', 'your-super-secret-key-change-this-in-production'];

/** Tries the secrets that people use by mistake. @returns the mistake whose secret has signed the token. */
export function guessedCause(
  contents: TokenContents,
  { secret, ourFile, djangoFile }: KnownSecrets,
): Reason | undefined {
  const guesses: Guess[] = [
    {
      code: 'signed_with_django_file',
      secrets: djangoFile ? [readAsDecouple(djangoFile.text)['JWT_SECRET']] : [],
      says: "The token is signed with the secret in Django's file, as python-decouple reads it. This service has another secret.",
      fix: 'Correct what secret.same reports.',
    },
    {
      code: 'signed_with_our_file_as_django_reads_it',
      secrets: ourFile ? [readAsDecouple(ourFile.text)['JWT_SECRET']] : [],
      says: 'The token is signed with the secret in our file, as python-decouple reads it. Node reads another secret from the same line.',
      fix: 'Correct what secret.same reports: a comment, quotes or "#" on that line.',
    },
    {
      code: 'signed_with_django_file_as_node_reads_it',
      secrets: djangoFile ? [readAsNode(djangoFile.text)['JWT_SECRET']] : [],
      says: "The token is signed with the secret in Django's file as Node reads it, and not as python-decouple does.",
      fix: 'Correct what secret.same reports: a comment, quotes or "#" on that line.',
    },
    {
      code: 'signed_with_secret_key',
      secrets: djangoFile
        ? ['SECRET_KEY', 'DJANGO_SECRET_KEY'].map((name) => readAsDecouple(djangoFile.text)[name])
        : [],
      says: "The token is signed with Django's SECRET_KEY.",
      fix: "Set 'SIGNING_KEY': config('JWT_SECRET') in Django's SIMPLE_JWT. Without it simplejwt uses SECRET_KEY.",
    },
    {
      code: 'signed_with_placeholder',
      secrets: PLACEHOLDERS,
      says: 'The token is signed with the example secret of the guide: Django does not see its JWT_SECRET and uses the default.',
      fix: "Remove the default from config('JWT_SECRET', default=…), and check where Django reads its .env.",
    },
    {
      code: 'signed_with_line_break',
      secrets: [`${secret}\n`, `${secret}\r\n`, secret.trim()],
      says: 'The token is signed with the same secret, except for a line break or blanks at its end.',
      fix: 'Remove them. Files made by echo, and secrets mounted as files, end in a line break.',
    },
    {
      code: 'signed_with_quotes',
      secrets: [...['"', "'", '`'].map((quote) => quote + secret + quote), secret.replace(/^(["'`])(.*)\1$/s, '$2')],
      says: 'The token is signed with the same secret, except for quotes around it.',
      fix: 'Write the secret without quotes for both services.',
    },
    {
      code: 'signed_with_decoded_secret',
      secrets: (['hex', 'base64', 'base64url'] as const).map((encoding) => Buffer.from(secret, encoding)),
      says: 'The token is signed with bytes that were decoded from the secret as hexadecimal digits or base64.',
      fix: 'simplejwt uses the text as it is written, so do not decode it in settings.py.',
    },
    {
      code: 'signed_with_nothing',
      secrets: [''],
      says: 'The token is signed with an empty secret.',
      fix: 'Set JWT_SECRET for Django.',
    },
  ];
  const found = guesses.find(({ secrets }) =>
    secrets.some((guess) => guess !== undefined && isSignedWith(guess, contents)),
  );
  return found && { code: found.code, says: found.says, fix: found.fix };
}

import { isUtf8 } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { integer } from './setting-kinds.ts';

/** Words of example secrets that people forget to replace, including the example of the guide. */
const PLACEHOLDERS = /change-?(this|me)|your-?super|super-?secret|django-insecure|example|placeholder/i;

/**
 * @returns the reasons why a secret must not be used in production.
 * @param leastBytes the number of bytes of the algorithm's hash (RFC 7518 §3.2).
 */
export function weaknesses(secret: string, leastBytes: number): string[] {
  const found: string[] = [];
  if (Buffer.byteLength(secret) < leastBytes)
    found.push(`must have at least ${leastBytes} bytes; try: openssl rand -hex 32`);
  if (PLACEHOLDERS.test(secret)) found.push('is a placeholder from a guide; try: openssl rand -hex 32');
  if (new Set(secret).size < 8) found.push('repeats too few characters to be random; try: openssl rand -hex 32');
  if (/['"`]/.test(secret))
    found.push('contains a quote: one of the two services reads it as part of the secret, the other may not');
  if (secret.includes('#')) found.push('contains "#": .env files of Node end there, those of python-decouple do not');
  if (secret !== secret.trim()) found.push('starts or ends with a blank');
  return found;
}

/** Checks whether a public key is one for the algorithm (RFC 7518 §3, RFC 8037). HS algorithms use a shared secret instead. */
const KEYS = {
  HS256: undefined,
  HS384: undefined,
  HS512: undefined,
  RS256: isRsa,
  RS384: isRsa,
  RS512: isRsa,
  PS256: isRsa,
  PS384: isRsa,
  PS512: isRsa,
  ES256: isOnCurve('prime256v1'),
  ES384: isOnCurve('secp384r1'),
  ES512: isOnCurve('secp521r1'),
  EdDSA: ({ asymmetricKeyType: type }: KeyObject) => type === 'ed25519' || type === 'ed448',
};
type Algorithm = keyof typeof KEYS;
const ALGORITHMS = Object.keys(KEYS) as Algorithm[];

/** Restores line breaks: in an environment variable, a PEM is often one line with a written-out \n for each line break. */
const unfolded = (text: string) => text.replaceAll(String.raw`\n`, '\n');
const list = z.string().transform((text) => text.split(',').map((each) => each.trim()) as [string, ...string[]]);

/** Variables that say how Django's tokens are checked. Each has its counterpart in Django's SIMPLE_JWT. */
export const tokenVariables = {
  JWT_ALGORITHM: z.enum(ALGORITHMS, `must be one of ${ALGORITHMS.join(', ')}`).default('HS256'),
  JWT_SECRET: z.string().optional(),
  JWT_SECRET_FILE: z.string().optional(),
  JWT_SECRET_PREVIOUS: z.string().optional(),
  JWT_PUBLIC_KEY: z
    .string()
    .transform(unfolded)
    .refine(
      (text) => publicKey(text) !== undefined,
      String.raw`must be a PEM that begins with -----BEGIN PUBLIC KEY-----; \n may stand for its line breaks`,
    )
    .optional(),
  JWT_JWKS_URL: z
    .string()
    .refine(
      (text) => /^https?:\/\//i.test(text) && URL.canParse(text) && new URL(text).username === '',
      'must look like https://django.example.org/jwks.json',
    )
    .optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_LEEWAY_SECONDS: integer(0, 600).default(0),
  JWT_USER_ID_CLAIM: z
    .string()
    .regex(/^[\w.:/-]{1,100}$/, 'must be the name of a claim: letters, digits, and _ . : / -')
    .default('user_id'),
  JWT_HEADER_TYPES: list
    .refine(
      (types) => types.every((type) => /^[A-Za-z][\w-]{0,39}$/.test(type)),
      'must be a comma-separated list of schemes: Bearer, or JWT,Bearer',
    )
    .default(['Bearer']),
  JWT_TOKEN_TYPES: list
    .refine((types) => types.every((type) => ['access', 'sliding'].includes(type)), 'must be access, sliding or both')
    .default(['access']),
  JWT_MAX_LIFETIME_SECONDS: integer(1, 31_536_000).default(86_400),
};

type Given = Readonly<Record<string, string | undefined>>;

/** The secret with the name of its variable, or the problem that keeps it from being read. */
export type GivenSecret = { readonly name: string } & ({ readonly secret: string } | { readonly problem: string });

/** @returns undefined when neither of the two variables is set. */
export function givenSecret({ JWT_SECRET: secret, JWT_SECRET_FILE: file }: Given): GivenSecret | undefined {
  if (secret !== undefined) return { name: 'JWT_SECRET', secret };
  return file === undefined ? undefined : { name: 'JWT_SECRET_FILE', ...secretInFile(file) };
}

/** Removes one line break at the end, because editors and `echo` write one. */
function secretInFile(path: string): { secret: string } | { problem: string } {
  try {
    const bytes = readFileSync(path);
    if (!isUtf8(bytes)) return { problem: 'is a file that is not UTF-8' };
    const secret = bytes.toString().replace(/\r?\n$/, '');
    return secret === '' ? { problem: 'is an empty file' } : { secret };
  } catch (error) {
    return { problem: `cannot be read: ${String((error as NodeJS.ErrnoException).code)}` };
  }
}

/** Finds problems between the token variables. It reads the raw values, so that all problems are reported at once. */
export function tokenProblems(given: Given, secret: GivenSecret | undefined, production: boolean): string[] {
  const algorithm = ALGORITHMS.find((each) => each === (given['JWT_ALGORITHM'] ?? 'HS256'));
  const problems: string[] = [];
  if (given['JWT_SECRET'] !== undefined && given['JWT_SECRET_FILE'] !== undefined)
    problems.push('JWT_SECRET_FILE must not be set beside JWT_SECRET');
  if (production && given['JWT_JWKS_URL']?.toLowerCase().startsWith('http:'))
    problems.push('JWT_JWKS_URL must begin with https:// in production');
  // With a misspelt algorithm nobody knows which key is needed, so only the algorithm is reported.
  if (algorithm) {
    const fits = KEYS[algorithm];
    problems.push(...(fits ? publicKeyProblems(given, algorithm, fits) : secretProblems(given, secret)));
  }
  const previous = given['JWT_SECRET_PREVIOUS'];
  const secrets = [secret, previous === undefined ? undefined : { name: 'JWT_SECRET_PREVIOUS', secret: previous }];
  for (const each of secrets) {
    if (each === undefined) continue;
    const found = 'problem' in each ? [each.problem] : secretFaults(each.secret, algorithm, production);
    problems.push(...found.map((fault) => `${each.name} ${fault}`));
  }
  return problems;
}

function secretFaults(secret: string, algorithm: Algorithm | undefined, production: boolean): string[] {
  // A public key is no secret, so a token signed with it proves nothing (RFC 8725 §2.1). PyJWT refuses it as well.
  if (/-----BEGIN [A-Z0-9 ]+-----/.test(secret))
    return [
      'is a PEM, but HS256, HS384 and HS512 need a shared secret; key pairs are for other values of JWT_ALGORITHM',
    ];
  const leastBytes = { HS384: 48, HS512: 64 }[String(algorithm)] ?? 32;
  return production ? weaknesses(secret, leastBytes) : [];
}

function secretProblems(given: Given, secret: GivenSecret | undefined): string[] {
  const problems = ['JWT_PUBLIC_KEY', 'JWT_JWKS_URL']
    .filter((name) => given[name] !== undefined)
    .map((name) => `${name} is for other values of JWT_ALGORITHM: HS256, HS384 and HS512 have a secret`);
  if (secret === undefined) problems.push('JWT_SECRET is required: the SIGNING_KEY of the Django backend');
  else if ('secret' in secret && secret.secret === given['JWT_SECRET_PREVIOUS'])
    problems.push('JWT_SECRET_PREVIOUS must be another secret than the current one');
  return problems;
}

function publicKeyProblems(given: Given, algorithm: Algorithm, fits: (key: KeyObject) => boolean): string[] {
  const problems = ['JWT_SECRET', 'JWT_SECRET_FILE', 'JWT_SECRET_PREVIOUS']
    .filter((name) => given[name] !== undefined)
    .map((name) => `${name} is for HS256, HS384 and HS512: this JWT_ALGORITHM has a public key`);
  const { JWT_PUBLIC_KEY: text, JWT_JWKS_URL: url } = given;
  if (text === undefined && url === undefined)
    problems.push(`JWT_PUBLIC_KEY or JWT_JWKS_URL is required: the VERIFYING_KEY or JWK_URL of the Django backend`);
  if (text !== undefined && url !== undefined) problems.push('JWT_JWKS_URL must not be set beside JWT_PUBLIC_KEY');
  const key = text === undefined ? undefined : publicKey(unfolded(text));
  if (key && !fits(key)) problems.push(`JWT_PUBLIC_KEY is not a key for ${algorithm}, or has fewer than 2048 bits`);
  return problems;
}

/** Reads public keys only. Node would derive the public key from a private one, and the private key must not be here. */
function publicKey(text: string): KeyObject | undefined {
  let key: KeyObject | undefined;
  try {
    if (/^\s*-----BEGIN (RSA )?PUBLIC KEY-----/.test(text)) key = createPublicKey(text);
  } catch {
    // The text is not a key: the caller reports it.
  }
  return key;
}

function isRsa({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): boolean {
  return type === 'rsa' && (details.modulusLength ?? 0) >= 2048;
}

function isOnCurve(curve: string): (key: KeyObject) => boolean {
  return ({ asymmetricKeyDetails: details = {} }) => details.namedCurve === curve;
}

type TokenVariables = z.output<z.ZodObject<typeof tokenVariables>>;

/** @param secret undefined where a public key is used. */
export function tokenSettings(env: TokenVariables, secret: GivenSecret | undefined) {
  return {
    algorithm: env.JWT_ALGORITHM,
    keys: keySettings(env, secret),
    issuer: env.JWT_ISSUER,
    audience: env.JWT_AUDIENCE,
    leewaySeconds: env.JWT_LEEWAY_SECONDS,
    userIdClaim: env.JWT_USER_ID_CLAIM,
    tokenTypes: env.JWT_TOKEN_TYPES,
    maxLifetimeSeconds: env.JWT_MAX_LIFETIME_SECONDS,
  };
}

function keySettings(env: TokenVariables, secret: GivenSecret | undefined) {
  if (env.JWT_PUBLIC_KEY !== undefined) return { publicKey: env.JWT_PUBLIC_KEY };
  if (env.JWT_JWKS_URL !== undefined) return { jwksUrl: env.JWT_JWKS_URL };
  // There is a secret here, because tokenProblems reports a missing one.
  return { secret: (secret as { secret: string }).secret, previousSecret: env.JWT_SECRET_PREVIOUS };
}

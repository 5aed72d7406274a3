/** The contents of a token. Nothing of them is verified: anybody may have written them. */
export type TokenContents = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The part of the token that the signature covers. */
  readonly signed: string;
  readonly signature: string;
};

/** @returns undefined when the text is not a compact JWT whose header and claims are JSON objects. */
export function contentsOf(token: string): TokenContents | undefined {
  const parts = token.split('.');
  const [header, claims] = parts.slice(0, 2).map(objectIn);
  if (parts.length !== 3 || !header || !claims) return undefined;
  return { header, claims, signed: parts.slice(0, 2).join('.'), signature: parts[2] ?? '' };
}

function objectIn(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Describes the token in one line: algorithm, times, and user. Other claims are shown by name only, because an e-mail address
 * or the hash of a password may be among them.
 */
export function describeToken({ header, claims }: TokenContents, userIdClaim: string, now: Date): string {
  const { alg, typ, ...otherHeaders } = header;
  const { token_type: type, exp, iat, nbf, role, [userIdClaim]: userId, ...others } = claims;
  const told = [
    `alg ${claimText(alg)}`,
    `typ ${claimText(typ)}`,
    `token_type ${claimText(type)}`,
    `${printable(userIdClaim)} ${claimText(userId)}`,
    `role ${claimText(role)}`,
    `issued (iat) ${timeText(iat, now)}`,
    `expires (exp) ${timeText(exp, now)}`,
    ...(nbf === undefined ? [] : [`not before (nbf) ${timeText(nbf, now)}`]),
  ];
  const names = [...Object.keys(otherHeaders).map((name) => `header ${name}`), ...Object.keys(others)].map(printable);
  return `${told.join('; ')}; other claims by name only: ${names.join(', ') || 'none'}`;
}

/** Formats a time of a token, such as 2026-01-31T12:00:00Z (3 hours ago). */
export function timeText(claim: unknown, now: Date): string {
  if (typeof claim !== 'number') return claimText(claim);
  const time = new Date(claim * 1000);
  if (Number.isNaN(time.getTime())) return `${claim}, which is not a time`;
  const seconds = claim - now.getTime() / 1000;
  const text = time.toISOString().replace(/\.\d+Z$/, 'Z');
  return `${text} (${seconds < 0 ? `${durationText(-seconds)} ago` : `in ${durationText(seconds)}`})`;
}

/** Formats a length of time in its largest unit of which there are two: 45 seconds, 3 hours. */
export function durationText(seconds: number): string {
  const [size, unit] = (
    [
      [86_400, 'day'],
      [3600, 'hour'],
      [60, 'minute'],
    ] as const
  ).find(([size]) => seconds >= 2 * size) ?? [1, 'second'];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Formats a claim on one line without control characters, so that a token cannot control the terminal. */
function claimText(value: unknown): string {
  if (value === undefined) return 'missing';
  return printable(JSON.stringify(value));
}

function printable(text: string): string {
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '�');
  return plain.length > 80 ? `${plain.slice(0, 80)}…` : plain;
}

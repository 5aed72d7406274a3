/** What is written in a token, whoever wrote it: nothing here is verified. */
export type TokenContents = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is made over. */
  readonly signed: string;
  readonly signature: string;
};

/** @returns undefined when it is not a compact JWT with a JSON object for a header and another for claims. */
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
 * Its contents in one line: algorithm, times, and whose it is. Of every other claim the name alone, since an e-mail address
 * or a hash of a password may be among them.
 */
export function described({ header, claims }: TokenContents, userIdClaim: string, now: Date): string {
  const { alg, typ, ...otherHeaders } = header;
  const { token_type: type, exp, iat, nbf, role, [userIdClaim]: userId, ...others } = claims;
  const told = [
    `alg ${shown(alg)}`,
    `typ ${shown(typ)}`,
    `token_type ${shown(type)}`,
    `${printable(userIdClaim)} ${shown(userId)}`,
    `role ${shown(role)}`,
    `issued (iat) ${moment(iat, now)}`,
    `expires (exp) ${moment(exp, now)}`,
    ...(nbf === undefined ? [] : [`not before (nbf) ${moment(nbf, now)}`]),
  ];
  const names = [...Object.keys(otherHeaders).map((name) => `header ${name}`), ...Object.keys(others)].map(printable);
  return `${told.join('; ')}; besides, by name alone: ${names.join(', ') || 'nothing'}`;
}

/** 2026-01-31T12:00:00Z (3 hours ago) */
export function moment(claim: unknown, now: Date): string {
  if (typeof claim !== 'number') return shown(claim);
  const time = new Date(claim * 1000);
  if (Number.isNaN(time.getTime())) return `${claim}, which is no time`;
  const seconds = claim - now.getTime() / 1000;
  const text = time.toISOString().replace(/\.\d+Z$/, 'Z');
  return `${text} (${seconds < 0 ? `${span(-seconds)} ago` : `in ${span(seconds)}`})`;
}

/** A length of time to the eye: 45 seconds, 3 hours. */
export function span(seconds: number): string {
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

/** A value of whoever wrote the token, on one line, without what a terminal would obey. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  return printable(JSON.stringify(value));
}

function printable(text: string): string {
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '�');
  return plain.length > 80 ? `${plain.slice(0, 80)}…` : plain;
}

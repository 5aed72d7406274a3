import { createHmac } from 'node:crypto';
import { signDjangoToken } from '../../tools/local/django-token.ts';

export const SECRET = 'Kq7Zp2Vw9Xr4Tn6Bm1Cs8Df3Gh5Jl0Ay-of-the-benchmark';

const base64url = (text: string) => Buffer.from(text).toString('base64url');

function signed(payload: string, header = '{"alg":"HS256","typ":"JWT"}'): string {
  const text = `${base64url(header)}.${base64url(payload)}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

/**
 * Makes a thousand different tokens of each kind, so that no result can be cached. Valid tokens come first, then tokens
 * that an attacker might send in large numbers.
 */
export function tokensByKind(): Record<string, readonly string[]> {
  const kinds: Record<string, (index: number) => string> = {
    'a valid token': (index) => django({ userId: String(index) }),
    'its user id an integer': (index) => django({ userId: 'x', user_id: index }),
    expired: (index) => django({ userId: String(index), lifetimeSeconds: -60 }),
    'a refresh token': (index) => django({ userId: String(index), token_type: 'refresh' }),
    'another secret': (index) => django({ userId: String(index), secret: `${SECRET}${index}` }),
    'one letter of the signature': (index) => otherLetter(django({ userId: String(index) }), -20),
    'one letter of the payload': (index) => otherLetter(django({ userId: String(index) }), 60),
    'another algorithm': (index) => signed(`{"n":${index}}`, '{"alg":"RS256","typ":"JWT"}'),
    'alg none': (index) => signed(`{"n":${index}}`, '{"alg":"none"}').replace(/[^.]+$/, ''),
    'a name twice, signed': (index) => signed(`{"user_id":"1","user_id":"${index}","exp":9999999999}`),
    'no token': (index) => `nonsense-${index}`,
    'three words': (index) => `a.b${index}.c`,
    '8 KiB, unsigned': (index) => otherLetter(signed(JSON.stringify({ index, x: 'x'.repeat(5900) })), -20),
    '8 KiB of brackets, unsigned': (index) =>
      otherLetter(signed(`${'['.repeat(2950)}${index}${']'.repeat(2950)}`), -20),
    '8 KiB of objects, unsigned': (index) => otherLetter(signed(`[${index}${',{}'.repeat(1900)}]`), -20),
    '8 KiB of names, unsigned': (index) => otherLetter(signed(`{"n":${index}${names()}}`), -20),
    '8 KiB of names, signed': (index) => signed(`{"n":${index}${',"":0'.repeat(1150)}}`),
    '15 KiB': (index) => `${signed(`{"n":${index}}`)}${'A'.repeat(15_000)}`,
    '15 KiB of dots': (index) => `${'.'.repeat(15_000)}${index}`,
  };
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, make]) => [kind, Array.from({ length: 1000 }, (_, index) => make(index))]),
  );
}

function django(options: { userId: string; [claim: string]: unknown }): string {
  return signDjangoToken({ secret: SECRET, email: 'ada@example.org', ...options });
}

function names(): string {
  return Array.from({ length: 650 }, (_, index) => `,"${index}":{}`).join('');
}

function otherLetter(token: string, at: number): string {
  const place = at < 0 ? token.length + at : at;
  const letter = token[place] === 'A' ? 'B' : 'A';
  return token.slice(0, place) + letter + token.slice(place + 1);
}

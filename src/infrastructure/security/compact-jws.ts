import { TokenRejected } from '#application/ports/tokens/token-verifier';
import { isDeep, type JsonObject, NotStrictJson, parseStrictObject } from './strict-json.ts';

/** The parts of a token, before its signature is checked. */
export type CompactJws = {
  /** The whole token as the client sent it, because jsonwebtoken accepts only whole tokens. */
  readonly text: string;
  readonly header: JsonObject;
  /** The signed text: header and payload as the client sent them. */
  readonly signed: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
};

/** Django's tokens have about 350 characters. All headers of a request together may have 16 KiB. */
const MOST_CHARACTERS = 8192;

/**
 * Reads the compact serialisation of RFC 7515 §3.1, with the cheapest checks first. Header members that name a place to get
 * a key from (jwk, jku, x5u, x5c) are ignored, as in PyJWT.
 * @param algorithm the only accepted algorithm
 * @throws TokenRejected token_invalid
 */
export function parseCompactJws(text: string, algorithm: string): CompactJws {
  if (text.length > MOST_CHARACTERS) throw refused('is longer than 8192 characters');
  // A fourth part is enough to see that there are too many.
  const parts = text.split('.', 4);
  const [header, payload, signature] = parts.map(decoded);
  if (parts.length !== 3 || !header || !payload || !signature)
    throw refused('does not consist of three parts in base64url with dots between them');
  const checked = checkedHeader(header, algorithm);
  // jsonwebtoken would parse the payload before it checks the signature, so anybody could make it parse a deeply nested
  // payload.
  if (isDeep(payload)) throw refused('has a payload that is nested too deeply');
  return { text, header: checked, signed: text.slice(0, text.lastIndexOf('.')), payload, signature };
}

/**
 * @returns undefined for an empty part and for every spelling but the canonical one: padding, blanks, other characters, or
 * bits that a decoder drops (RFC 7515 §2, RFC 4648 §3.5). A token has exactly one spelling.
 */
function decoded(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return part !== '' && bytes.toString('base64url') === part ? bytes : undefined;
}

function checkedHeader(bytes: Buffer, algorithm: string): JsonObject {
  const header = parsedPart('header', bytes);
  const { alg, typ, kid } = header;
  if (alg !== algorithm) throw refused('is signed with an algorithm that this service does not accept');
  // RFC 8725 §3.11: a token for another purpose, signed with the same key, can say so in typ.
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT'))
    throw refused('has a typ other than JWT');
  if (kid !== undefined && typeof kid !== 'string') throw refused('has a kid that is not text');
  // A reader must refuse extensions that it does not know (RFC 7515 §4.1.11, and RFC 7797 §7 for b64). This reader
  // knows no extension.
  if ('crit' in header || 'b64' in header) throw refused('needs an extension that this service does not support');
  return header;
}

/** @throws TokenRejected token_invalid, for a part that is not a JSON object or that two parsers could read differently */
export function parsedPart(part: 'header' | 'payload', bytes: Buffer): JsonObject {
  try {
    return parseStrictObject(bytes);
  } catch (error) {
    if (error instanceof NotStrictJson) throw refused(`has a ${part} that ${error.message}`);
    throw error;
  }
}

/** @param why completes the sentence "The token …" for the client, and quotes nothing of the token */
export function refused(why: string): TokenRejected {
  return new TokenRejected('token_invalid', `The token ${why}.`);
}

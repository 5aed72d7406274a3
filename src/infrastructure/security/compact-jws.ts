import { TokenRejected } from '#application/ports/tokens/token-verifier';
import { isDeep, type JsonObject, NotStrictJson, parseStrictObject } from './strict-json.ts';

/** A token, taken apart and not yet believed. */
export type CompactJws = {
  /** The token as it came: what jsonwebtoken wants. */
  readonly text: string;
  readonly header: JsonObject;
  /** What was signed: header and payload as they were sent. */
  readonly signed: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
};

/** Characters. Django's tokens have about 350; all headers of a request together have 16 KiB. */
const LONGEST = 8192;

/**
 * Reads the compact serialisation of RFC 7515 §3.1 with the cheapest checks first, and nothing that stands in the header as
 * a place to get a key from (jwk, jku, x5u, x5c): those are ignored, as PyJWT does.
 * @param algorithm the only one that is accepted
 * @throws TokenRejected token_invalid
 */
export function parseCompactJws(text: string, algorithm: string): CompactJws {
  if (text.length > LONGEST) throw refused('is longer than 8192 characters');
  // No more of them than show that there are too many.
  const parts = text.split('.', 4);
  const [header, payload, signature] = parts.map(decoded);
  if (parts.length !== 3 || !header || !payload || !signature)
    throw refused('is not three parts of base64url with dots between them');
  const checked = checkedHeader(header, algorithm);
  // jsonwebtoken parses it before it looks at the signature.
  if (isDeep(payload)) throw refused('has a payload that is nested too deeply');
  return { text, header: checked, signed: text.slice(0, text.lastIndexOf('.')), payload, signature };
}

/**
 * @returns undefined for nothing, and for what has padding, blanks, other characters, or bits that a decoder drops (RFC 7515 §2,
 * RFC 4648 §3.5): a token has one spelling alone.
 */
function decoded(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return part !== '' && bytes.toString('base64url') === part ? bytes : undefined;
}

function checkedHeader(bytes: Buffer, algorithm: string): JsonObject {
  const header = parsedPart('header', bytes);
  const { alg, typ, kid } = header;
  if (alg !== algorithm) throw refused('is not signed with the algorithm that was agreed upon');
  // RFC 8725 §3.11: what is meant for something else says so here, whoever has signed it.
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT'))
    throw refused('is of another type than JWT');
  if (kid !== undefined && typeof kid !== 'string') throw refused('names its key with something that is no text');
  // RFC 7515 §4.1.11: whoever does not know an extension refuses it, and here none is known; RFC 7797 §7 for b64.
  if ('crit' in header || 'b64' in header) throw refused('needs an extension that is not known here');
  return header;
}

/** @throws TokenRejected token_invalid, for what is not an object or could be read in two ways */
export function parsedPart(part: 'header' | 'payload', bytes: Buffer): JsonObject {
  try {
    return parseStrictObject(bytes);
  } catch (error) {
    if (error instanceof NotStrictJson) throw refused(`has a ${part} that ${error.message}`);
    throw error;
  }
}

/** @param why goes to clients: words of ours, and nothing of the token */
export function refused(why: string): TokenRejected {
  return new TokenRejected('token_invalid', `The token ${why}.`);
}

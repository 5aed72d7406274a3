/** A member of an object: name and value as JSON texts, or as texts that a parser may take for JSON. */
export type Member = readonly [name: string, value: string];

/** The pieces of a token. Each can be altered before they are put together again. */
export type Draft = {
  readonly header: readonly Member[];
  readonly payload: readonly Member[];
  /** Encodes the text of a part as bytes. */
  readonly encodings: { readonly header: Encoding; readonly payload: Encoding };
  /** Encodes the bytes for the signature: as base64url, or in a similar way. */
  readonly spellings: { readonly header: Spelling; readonly payload: Spelling };
  readonly signature: (signed: string, right: string) => string;
  /** Changes the signed token as the last step. */
  readonly whole: (token: string) => string;
};

export type Encoding = (json: string) => Buffer;
export type Spelling = (bytes: Buffer) => string;
export type Part = 'header' | 'payload';

/** @param issued a token that simplejwt has issued. */
export function draftOf(issued: string): Draft {
  const [header, payload] = issued.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  return {
    header: membersOf(header ?? ''),
    payload: membersOf(payload ?? ''),
    encodings: { header: asUtf8, payload: asUtf8 },
    spellings: { header: asBase64url, payload: asBase64url },
    signature: (_, right) => right,
    whole: (token) => token,
  };
}

const asUtf8: Encoding = (json) => Buffer.from(json);
const asBase64url: Spelling = (bytes) => bytes.toString('base64url');

function membersOf(json: string): Member[] {
  const members = Object.entries(JSON.parse(json) as Record<string, unknown>);
  return members.map(([name, value]) => [JSON.stringify(name), JSON.stringify(value)]);
}

/**
 * Puts a token together.
 * @param sign makes the issuer's own signature, so that earlier alterations are not refused for a wrong signature.
 * @returns the token, in which each character stands for a byte.
 */
export function writtenToken(draft: Draft, sign: (signed: string) => string): string {
  const part = (name: Part) => {
    const json = `{${draft[name].map(([key, value]) => `${key}:${value}`).join(',')}}`;
    return draft.spellings[name](draft.encodings[name](json));
  };
  const signed = `${part('header')}.${part('payload')}`;
  return draft.whole(`${signed}.${draft.signature(signed, sign(signed))}`);
}

export const withMembers = (
  draft: Draft,
  part: Part,
  change: (members: readonly Member[]) => readonly Member[],
): Draft => ({
  ...draft,
  [part]: change(draft[part]),
});

/** Replaces the member with this name, or adds one at the end. @param value the new value; undefined removes the member. */
export function withMember(draft: Draft, part: Part, name: string, value: string | undefined): Draft {
  const key = JSON.stringify(name);
  return withMembers(draft, part, (members) => {
    if (value === undefined) return members.filter(([each]) => each !== key);
    return members.some(([each]) => each === key)
      ? members.map((member) => (member[0] === key ? ([key, value] as const) : member))
      : [...members, [key, value] as const];
  });
}

export const withEncoding = (draft: Draft, part: Part, change: (json: string) => Buffer | string): Draft => ({
  ...draft,
  encodings: {
    ...draft.encodings,
    [part]: (json: string) => {
      const changed = change(draft.encodings[part](json).toString('utf8'));
      return Buffer.isBuffer(changed) ? changed : Buffer.from(changed);
    },
  },
});

export const withSpelling = (draft: Draft, part: Part, change: (spelled: string) => string): Draft => ({
  ...draft,
  spellings: { ...draft.spellings, [part]: (bytes: Buffer) => change(draft.spellings[part](bytes)) },
});

export const withSignature = (draft: Draft, change: (right: string, signed: string) => string): Draft => ({
  ...draft,
  signature: (signed, right) => change(draft.signature(signed, right), signed),
});

export const withWhole = (draft: Draft, change: (token: string) => string): Draft => ({
  ...draft,
  whole: (token) => change(draft.whole(token)),
});

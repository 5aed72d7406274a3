/** A member of an object, as it is written: both are JSON, or meant to be taken for it. */
export type Member = readonly [name: string, value: string];

/** A token in pieces that can be altered one by one, and put together again. */
export type Draft = {
  readonly header: readonly Member[];
  readonly payload: readonly Member[];
  /** From the text of a part to its bytes. */
  readonly encodings: { readonly header: Encoding; readonly payload: Encoding };
  /** From the bytes to what is signed: base64url, or nearly. */
  readonly spellings: { readonly header: Spelling; readonly payload: Spelling };
  readonly signature: (signed: string, right: string) => string;
  /** The last step. */
  readonly whole: (token: string) => string;
};

export type Encoding = (json: string) => Buffer;
export type Spelling = (bytes: Buffer) => string;
export type Part = 'header' | 'payload';

/** @param issued a token of simplejwt */
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

/** @param sign the issuer's own signature, so that what was altered before is judged for itself @returns characters that are bytes */
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

/** In the place of the member with this name, or at the end. @param value undefined takes it away */
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

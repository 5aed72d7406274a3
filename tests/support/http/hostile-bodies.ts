import { expect } from 'chai';
import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { shown } from './hostile-texts.ts';
import { OPPORTUNITIES, SMALLEST } from '../in-memory/in-memory-service.ts';
import { TEST_SECRET } from './start-app.ts';

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly type: string | null; readonly body: Json };
type Send = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** A place for a text in a body: a field, or a member of a field. */
type Place = readonly [field: string, member?: string | 0];

const PLACES: readonly Place[] = [
  ['title'],
  ['summary'],
  ['description'],
  ['organizationName'],
  ['organizationUrl'],
  ['applyUrl'],
  ['applyEmail'],
  ['timeZone'],
  ['type'],
  ['workMode'],
  ['commitment'],
  ['opensAt'],
  ['deadlineAt'],
  ['location', 'label'],
  ['location', 'city'],
  ['location', 'region'],
  ['location', 'country'],
  ['compensation', 'kind'],
  ['compensation', 'currency'],
  ['compensation', 'period'],
  ['eligibility', 'description'],
  ['tags', 0],
  ['languages', 0],
];

/** Other fields that a text requires. */
const COMPANIONS: Record<string, Json> = {
  location: { label: 'HQ' },
  compensation: { kind: 'paid', minAmount: 1, currency: 'EUR' },
  eligibility: {},
};

const pointerTo = (place: Place) => `#/${place.join('/')}`;

function bodyWith(text: string, places: readonly Place[]): Json {
  const body: Json = {};
  for (const [field, member] of places) {
    if (member === undefined) body[field] = text;
    else if (member === 0) body[field] = [text];
    else body[field] = { ...COMPANIONS[field], ...(body[field] as Json | undefined), [member]: text };
  }
  return body;
}

function textAt(body: Json, [field, member]: Place): unknown {
  return member === undefined ? body[field] : (body[field] as Json)[member];
}

/** Names in one body: few enough for the size limit. */
function groups(text: string): Place[][] {
  const size = Math.max(1, Math.floor(50_000 / Buffer.byteLength(JSON.stringify(text))));
  const all = [...PLACES];
  const result: Place[][] = [];
  while (all.length > 0) result.push(all.splice(0, size));
  return result;
}

function pointersIn({ status, type, body }: Answer, about: string): string[] {
  expect([status, type, body['code']], about).to.deep.equal([422, 'application/problem+json', 'validation_failed']);
  const errors = body['errors'] as { pointer: string }[];
  expect(errors, about).to.not.be.empty;
  return errors.map(({ pointer }) => pointer);
}

/** Returns the property name at the end of a pointer (RFC 6901 §6). */
function lastName(pointer: string): string {
  return decodeURIComponent(pointer.slice(pointer.lastIndexOf('/') + 1))
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

const DRAFT = { ...SMALLEST, status: 'draft' };

type Running = { readonly url: string; readonly now: Date };

function sendAs(service: () => Running, userId: string, role = 'user'): Send {
  const token = signDjangoToken({ secret: TEST_SECRET, userId, role, now: service().now });
  return async (method, path, body) => {
    const response = await fetch(`${service().url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const type = response.headers.get('Content-Type');
    return { status: response.status, type, body: (await response.json()) as Json };
  };
}

async function posted(send: Send, body: Json, about: string): Promise<Json> {
  const answer = await send('POST', OPPORTUNITIES, { ...DRAFT, ...body });
  expect(answer.status, `${about}: ${JSON.stringify(answer.body)}`).to.equal(201);
  return answer.body;
}

/** A text in a body is refused with the name of its field, or comes back exactly, in normalisation form C. */
export function hostileTexts(texts: readonly string[], service: () => Running): void {
  it('every text in every field comes back exactly, or is refused with the name of the field', async () => {
    const send = sendAs(service, 'ada');
    const { id } = await posted(send, {}, 'the one that is edited');
    const accepted = new Map<string, number>();
    for (const text of texts) {
      for (const places of groups(text)) {
        const about = `${shown(text)} in ${places.map(pointerTo).join(', ')}`;
        const all = bodyWith(text, places);
        const first = await send('POST', OPPORTUNITIES, { ...DRAFT, ...all });
        const refused = first.status === 201 ? [] : pointersIn(first, about);
        expect(places.map(pointerTo), about).to.include.members(refused);
        const patch = await send('PATCH', `${OPPORTUNITIES}/${String(id)}`, all);
        expect(patch.status === 200 ? [] : pointersIn(patch, about), about).to.have.members(refused);

        const good = places.filter((place) => !refused.includes(pointerTo(place)));
        if (good.length === 0) continue;
        // Only memory can store these texts.
        expect(text.isWellFormed() && !text.includes('\0'), about).to.equal(true);
        const created = await posted(send, bodyWith(text, good), about);
        const read = await send('GET', `${OPPORTUNITIES}/${String(created['id'])}`);
        const edited = await send('PATCH', `${OPPORTUNITIES}/${String(id)}`, bodyWith(text, good));
        expect([read.status, edited.status], about).to.deep.equal([200, 200]);
        expect(read.body, about).to.deep.equal(created);
        for (const place of good) {
          accepted.set(pointerTo(place), (accepted.get(pointerTo(place)) ?? 0) + 1);
          for (const body of [created, read.body, edited.body])
            expect(textAt(body, place), `${about}: ${pointerTo(place)}`).to.equal(text.normalize('NFC'));
        }
      }
    }
    // Fields that accept any text accept most of these texts.
    for (const field of ['#/description', '#/eligibility/description', '#/organizationName', '#/location/label'])
      expect(accepted.get(field), field).to.be.above(texts.length / 2);
  }).timeout(120_000);

  it('every text as a removal reason comes back exactly, or is refused', async () => {
    const send = sendAs(service, 'mo', 'moderator');
    for (const reason of texts) {
      const about = shown(reason);
      const { id } = await posted(send, {}, about);
      const { status, type, body } = await send('POST', `${OPPORTUNITIES}/${String(id)}/remove`, { reason });
      if (status === 200) {
        expect(body['removalReason'], about).to.equal(reason.normalize('NFC'));
        expect((await send('GET', `${OPPORTUNITIES}/${String(id)}`)).body, about).to.deep.equal(body);
      } else expect(pointersIn({ status, type, body }, about), about).to.deep.equal(['#/reason']);
    }
  }).timeout(120_000);

  it('every text as a user id owns its opportunities, or its token is refused', async () => {
    let owners = 0;
    // A longer id does not fit into a header.
    for (const userId of texts.filter((text) => Buffer.byteLength(text) < 4000)) {
      const answer = await sendAs(service, userId)('POST', OPPORTUNITIES, DRAFT);
      if (answer.status === 201) {
        owners += 1;
        expect(answer.body['ownerId']).to.equal(userId);
      } else expect([answer.status, answer.body['code']], shown(userId)).to.deep.equal([401, 'token_invalid']);
    }
    expect(owners).to.be.above(texts.length / 2);
  }).timeout(120_000);
}

/** An unknown property is refused with its name, whatever the name is. */
export function hostileNames(texts: readonly string[], service: () => Running): void {
  it('every text as the name of a property is refused with this name', async () => {
    const send = sendAs(service, 'ada');
    const { id } = await posted(send, {}, 'the one that is edited');
    // The name occurs twice in one body.
    for (const name of texts.filter((text) => Buffer.byteLength(text) < 30_000)) {
      const about = shown(name);
      const twice = { ...DRAFT, [name]: 'x', location: { label: 'HQ', [name]: 5 } };
      const posting = pointersIn(await send('POST', OPPORTUNITIES, twice), about);
      expect(posting.map(lastName), about).to.deep.equal([name.toWellFormed(), name.toWellFormed()]);
      const patching = pointersIn(await send('PATCH', `${OPPORTUNITIES}/${String(id)}`, { [name]: 'x' }), about);
      expect(patching.map(lastName), about).to.deep.equal([name.toWellFormed()]);
    }
  }).timeout(120_000);
}

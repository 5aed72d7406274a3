import type { PlantedFault } from './planted-fault.ts';

const CREATE = 'src/application/opportunities/create-opportunity.ts';
const CHANGE = 'src/application/opportunities/change-opportunity.ts';
const CHANGES = 'src/application/opportunities/opportunity-changes.ts';
const ONCE = 'src/application/opportunities/once-per-key.ts';
const GET = 'src/application/opportunities/get-opportunity.ts';
const LIST = 'src/application/opportunities/list-opportunities.ts';
const FEED = 'src/application/opportunities/list-changes.ts';
const VIEW = 'src/application/opportunities/opportunity-view.ts';
const MESSAGE = 'src/application/messages/opportunity-events-v1.ts';
const ofOpportunities = { spec: 'tests/application/opportunities/*.spec.ts' };
const ofInstants = { spec: 'tests/application/one-instant.spec.ts' };
const ofMessages = { spec: 'tests/application/messages/*.spec.ts' };

/** Faults of the use cases of opportunities. */
export const USE_CASE_FAULTS: readonly PlantedFault[] = [
  {
    name: 'A creation does not await the repository.',
    file: CREATE,
    was: 'await opportunities.add(opportunity);',
    becomes: 'void opportunities.add(opportunity);',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A creation does not await the outbox.',
    file: CREATE,
    was: 'await outbox.append(messageOf(created, this.ids.next()));',
    becomes: 'void outbox.append(messageOf(created, this.ids.next()));',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A creation appends no event.',
    file: CREATE,
    was: `        await outbox.append(messageOf(created, this.ids.next()));
`,
    becomes: '',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A creation appends its event before the opportunity.',
    file: CREATE,
    was: `        await opportunities.add(opportunity);
        await outbox.append(messageOf(created, this.ids.next()));`,
    becomes: `        await outbox.append(messageOf(created, this.ids.next()));
        await opportunities.add(opportunity);`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A creation appends its event twice.',
    file: CREATE,
    was: `        await outbox.append(messageOf(created, this.ids.next()));
`,
    becomes: `        await outbox.append(messageOf(created, this.ids.next()));
        await outbox.append(messageOf(created, this.ids.next()));
`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'An event has the id of its opportunity.',
    file: CREATE,
    was: 'messageOf(created, this.ids.next())',
    becomes: 'messageOf(created, id)',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A creation reads the clock again for its response.',
    file: CREATE,
    was: 'return viewOf(opportunity, at);',
    becomes: 'return viewOf(opportunity, this.clock.now());',
    caughtBy: ofInstants,
  },
  {
    name: 'A creation reads the clock again for its state.',
    file: CREATE,
    was: '{ actorId: actor.id, at }',
    becomes: '{ actorId: actor.id, at: this.clock.now() }',
    caughtBy: ofInstants,
  },
  {
    name: 'A creation ignores the status.',
    file: CREATE,
    was: 'details, status, { actorId',
    becomes: `details, 'published', { actorId`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A creation ignores the idempotency key.',
    file: CREATE,
    was: 'once(idempotencyKeys, actor, retry, async',
    becomes: 'once(idempotencyKeys, actor, undefined, async',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A creation gives the opportunity to nobody.',
    file: CREATE,
    was: '{ actorId: actor.id, at }',
    becomes: `{ actorId: 'nobody', at }`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change does not await the repository.',
    file: CHANGE,
    was: 'await opportunities.save(opportunity);',
    becomes: 'void opportunities.save(opportunity);',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change does not await the outbox.',
    file: CHANGE,
    was: 'await outbox.append(',
    becomes: 'void outbox.append(',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change is not saved.',
    file: CHANGE,
    was: `          await opportunities.save(opportunity);
`,
    becomes: '',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change appends no event.',
    file: CHANGE,
    was: `          await outbox.append(messageOf(event, this.ids.next()));
`,
    becomes: '',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change appends its event before it saves.',
    file: CHANGE,
    was: `          await opportunities.save(opportunity);
          await outbox.append(messageOf(event, this.ids.next()));`,
    becomes: `          await outbox.append(messageOf(event, this.ids.next()));
          await opportunities.save(opportunity);`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'Anybody may change an opportunity.',
    file: CHANGE,
    was: `        ensure(permit(actor, opportunity));
`,
    becomes: '',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change ignores the version that the actor has seen.',
    file: CHANGE,
    was: '!versions.includes(opportunity.version)) throw',
    becomes: 'versions.length > 1000) throw',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A repeated deletion must name the present version.',
    file: CHANGE,
    was: 'if (!isDeleted && versions &&',
    becomes: 'if (versions &&',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change looks at the version before it asks for permission.',
    file: CHANGE,
    was: `        ensure(permit(actor, opportunity));
        // A repeated deletion names the version from before the first deletion, and still succeeds (RFC 9110 §13.1.1).
        const isDeleted = opportunity.status === 'deleted';
        if (!isDeleted && versions && !versions.includes(opportunity.version)) throw new VersionMismatch();
`,
    becomes: `        if (opportunity.status !== 'deleted' && versions && !versions.includes(opportunity.version)) throw new VersionMismatch();
        ensure(permit(actor, opportunity));
`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change reads the clock again for its response.',
    file: CHANGE,
    was: 'return viewOf(opportunity, at);',
    becomes: 'return viewOf(opportunity, this.clock.now());',
    caughtBy: ofInstants,
  },
  {
    name: 'A change reads the clock again for its state.',
    file: CHANGE,
    was: '{ actorId: actor.id, at }',
    becomes: '{ actorId: actor.id, at: this.clock.now() }',
    caughtBy: ofInstants,
  },
  {
    name: 'A change of nothing appends an event.',
    file: CHANGE,
    was: 'if (event) {',
    becomes: 'if (event ?? true) {',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change is made by nobody.',
    file: CHANGE,
    was: '{ actorId: actor.id, at }',
    becomes: `{ actorId: '', at }`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A change ignores the idempotency key.',
    file: CHANGE,
    was: 'once(idempotencyKeys, actor, retry, async',
    becomes: 'once(idempotencyKeys, actor, undefined, async',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A moderator may not close.',
    file: CHANGES,
    was: 'permit: mayClose',
    becomes: 'permit: mayEdit',
    caughtBy: ofOpportunities,
  },
  {
    name: 'Everybody who may edit may remove.',
    file: CHANGES,
    was: 'permit: mayRemove',
    becomes: 'permit: mayEdit',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A stranger learns that an opportunity is deleted.',
    file: CHANGES,
    was: 'find: ensureVisibleOrDeleted',
    becomes: 'find: (_actor, opportunity) => opportunity!',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A second deletion finds nothing.',
    file: CHANGES,
    was: 'find: ensureVisibleOrDeleted',
    becomes: 'find: ensureVisible',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A closing forgets its reason.',
    file: CHANGES,
    was: 'opportunity.close(reason, by)',
    becomes: `opportunity.close('filled', by)`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A response is remembered before the work.',
    file: ONCE,
    was: `  const view = await work();
  await idempotencyKeys.remember(actor.id, retry, JSON.stringify(view));`,
    becomes: `  await idempotencyKeys.remember(actor.id, retry, "{}");
  const view = await work();`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A response is not remembered.',
    file: ONCE,
    was: `  await idempotencyKeys.remember(actor.id, retry, JSON.stringify(view));
`,
    becomes: '',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A response is remembered without waiting.',
    file: ONCE,
    was: '  await idempotencyKeys.remember(',
    becomes: '  void idempotencyKeys.remember(',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A repeated request does the work again.',
    file: ONCE,
    was: 'if (earlier !== undefined) return',
    becomes: 'if (earlier === "") return',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A repeated request does not say that it is one.',
    file: ONCE,
    was: ', replayed: true }',
    becomes: ' }',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A key belongs to every user.',
    file: ONCE,
    was: 'idempotencyKeys.claim(actor.id, retry)',
    becomes: `idempotencyKeys.claim('everybody', retry)`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A repeated response has texts in place of instants.',
    file: VIEW,
    was: `name.endsWith('At') && typeof value === 'string' ? new Date(value) : value`,
    becomes: 'value',
    caughtBy: ofOpportunities,
  },
  {
    name: 'Reading shows what a reader may not see.',
    file: GET,
    was: 'ensureVisible(actor, await this.catalogue.find(id, visibleTo(actor)))',
    becomes: `(await this.catalogue.find(id, { ...visibleTo(actor), statuses: ['draft', 'published', 'closed', 'removed', 'deleted'] }))!`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list ignores who asks.',
    file: LIST,
    was: 'visibleTo(actor)',
    becomes: 'visibleTo(undefined)',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list of one’s own has everybody’s.',
    file: LIST,
    was: 'mine ? visibility.ownerId : given.ownerId',
    becomes: 'given.ownerId',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list of what is open ignores the clock.',
    file: LIST,
    was: 'openAt: open ? now : null',
    becomes: 'openAt: null',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list shows the fields that it needed for itself.',
    file: LIST,
    was: `fields.includes('isOpen') ? page.items.map((item) => viewOf(item, fields, now)) : page.items`,
    becomes: `page.items.map((item) => ({ ...item, ...(fields.includes('isOpen') && viewOf(item, fields, now)) }))`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list ignores the statuses of the command.',
    file: LIST,
    was: 'given.statuses.length > 0 ? given.statuses : all',
    becomes: 'all',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list ignores the page.',
    file: LIST,
    was: `      ...listing,
`,
    becomes: `      ...listing,
      after: null,
`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list never has a next page.',
    file: LIST,
    was: 'return { items, next: page.next };',
    becomes: 'return { items, next: null };',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list ignores the order.',
    file: LIST,
    was: `      ...listing,
`,
    becomes: `      ...listing,
      order: '-publishedAt',
`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list ignores the limit.',
    file: LIST,
    was: `      ...listing,
`,
    becomes: `      ...listing,
      limit: 100,
`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A sync token is accepted from another user.',
    file: FEED,
    was: 'userId !== actor.id || role',
    becomes: 'role',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A sync token is accepted after a change of role.',
    file: FEED,
    was: 'userId !== actor.id || role !== actor.role',
    becomes: 'userId !== actor.id',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A sync token never expires.',
    file: FEED,
    was: '> SYNC_TOKEN_DAYS * DAY_MS)',
    becomes: '> SYNC_TOKEN_DAYS * DAY_MS * 1000)',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A sync token expires a moment too early.',
    file: FEED,
    was: '> SYNC_TOKEN_DAYS * DAY_MS)',
    becomes: '>= SYNC_TOKEN_DAYS * DAY_MS)',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list of changes forgets tombstones.',
    file: FEED,
    was: `whichAre('gone')`,
    becomes: `whichAre('unknown')`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list of changes has tombstones of what the reader never saw.',
    file: FEED,
    was: `whichAre('gone').map(`,
    becomes: `changed.filter((each) => appearanceTo(actor, each) !== 'visible').map(`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list of changes begins anew each time.',
    file: FEED,
    was: 'this.feed.read(since?.position,',
    becomes: 'this.feed.read(undefined,',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list of changes ignores the limit.',
    file: FEED,
    was: 'reader, limit);',
    becomes: 'reader, 100);',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A list of changes does not say that more follows.',
    file: FEED,
    was: `      hasMore,
`,
    becomes: `      hasMore: false,
`,
    caughtBy: ofOpportunities,
  },
  {
    name: 'A sync token is issued for another instant.',
    file: FEED,
    was: 'issuedAt: now',
    becomes: 'issuedAt: this.clock.now()',
    caughtBy: ofInstants,
  },
  {
    name: 'A sync token keeps its old date.',
    file: FEED,
    was: 'issuedAt: now',
    becomes: 'issuedAt: since?.issuedAt ?? now',
    caughtBy: ofOpportunities,
  },
  {
    name: 'A message is about another opportunity.',
    file: MESSAGE,
    was: '    key: opportunity.id,',
    becomes: '    key: id,',
    caughtBy: ofMessages,
  },
  {
    name: 'A message counts versions from zero.',
    file: MESSAGE,
    was: 'sequence: String(opportunity.version)',
    becomes: 'sequence: String(opportunity.version - 1)',
    caughtBy: ofMessages,
  },
  {
    name: 'A message has the time of the creation.',
    file: MESSAGE,
    was: 'time: occurredAt.toISOString()',
    becomes: 'time: opportunity.createdAt.toISOString()',
    caughtBy: ofMessages,
  },
];

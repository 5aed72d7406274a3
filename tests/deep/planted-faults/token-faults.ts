import type { PlantedFault } from './planted-fault.ts';

const STORE = 'tests/support/in-memory/in-memory-revocation-store.ts';
const FAKE_VERIFIER = 'tests/support/in-memory/in-memory-token-verifier.ts';
const CLAIMS = 'src/infrastructure/security/access-token-claims.ts';
const CACHE = 'src/application/tokens/revocation-cache.ts';
const AUTHENTICATE = 'src/application/tokens/authenticate.ts';
const REVOKE = 'src/application/tokens/revoke-tokens.ts';
const SHOW = 'src/application/tokens/get-token-revocation.ts';
const USER_EVENTS = 'tests/support/in-memory/in-memory-user-events.ts';
const ofStore = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryRevocationStore' };
const ofFakeVerifier = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryTokenVerifier' };
const ofVerifier = { spec: 'tests/contracts/adapters/in-process.spec.ts', only: 'SimpleJwtTokenVerifier' };
const ofUserEvents = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryUserEvents' };
const ofCache = { spec: 'tests/application/tokens/revocation-cache.spec.ts' };
const ofAuthenticate = { spec: 'tests/application/tokens/authenticate.spec.ts' };
const ofRevoking = { spec: 'tests/application/tokens/revoke-tokens.spec.ts' };

/** Faults of what decides whether a token is accepted. */
export const TOKEN_FAULTS: readonly PlantedFault[] = [
  {
    name: 'The store lets an earlier instant replace a later one.',
    file: STORE,
    was: 'known && known.validAfter > given.validAfter ? known : given',
    becomes: 'given',
    caughtBy: ofStore,
  },
  {
    name: 'The store never replaces a revocation.',
    file: STORE,
    was: 'known && known.validAfter > given.validAfter ? known : given',
    becomes: 'known ?? given',
    caughtBy: ofStore,
  },
  {
    name: 'The store returns what it was given, and not what is stored.',
    file: STORE,
    was: 'return structuredClone({ userId, validAfter, reason });',
    becomes: 'return given;',
    caughtBy: ofStore,
  },
  {
    name: 'The store forgets the reason.',
    file: STORE,
    was: 'this.database.revocations.set(userId, { userId, validAfter, reason, change',
    becomes: 'this.database.revocations.set(userId, { userId, validAfter, reason: null, change',
    caughtBy: ofStore,
  },
  {
    name: 'The store keeps the object of the caller.',
    file: STORE,
    was: 'const given = structuredClone(revocation);',
    becomes: 'const given = revocation;',
    caughtBy: ofStore,
  },
  {
    name: 'The store returns its own object.',
    file: STORE,
    was: 'return structuredClone({ userId, validAfter: known.validAfter, reason: known.reason });',
    becomes: 'return known;',
    caughtBy: ofStore,
  },
  {
    name: 'The store finds expired revocations.',
    file: STORE,
    was: 'if (!known || !this.isStored(known)) return undefined;',
    becomes: 'if (!known) return undefined;',
    caughtBy: ofStore,
  },
  {
    name: 'The store lists expired revocations.',
    file: STORE,
    was: 'each.change > after && this.isStored(each)',
    becomes: 'each.change > after',
    caughtBy: ofStore,
  },
  {
    name: 'The store drops a revocation when the tokens of a day have expired, an hour too early.',
    file: STORE,
    was: 'const STORED_MS = 90_000_000;',
    becomes: 'const STORED_MS = 86_400_000;',
    caughtBy: ofStore,
  },
  {
    name: 'The store reads milliseconds as seconds.',
    file: STORE,
    was: 'const STORED_MS = 90_000_000;',
    becomes: 'const STORED_MS = 90_000;',
    caughtBy: ofStore,
  },
  {
    name: 'The store lists all revocations each time.',
    file: STORE,
    was: 'each.change > after &&',
    becomes: '',
    caughtBy: ofStore,
  },
  {
    name: 'The store lists the last revocation again.',
    file: STORE,
    was: 'each.change > after',
    becomes: 'each.change >= after',
    caughtBy: ofStore,
  },
  {
    name: 'The store skips the next revocation.',
    file: STORE,
    was: 'position: `${origin} ${lastRevocation}`',
    becomes: 'position: `${origin} ${lastRevocation + 1}`',
    caughtBy: ofStore,
  },
  {
    name: 'The store takes the position of another history for its own.',
    file: STORE,
    was: 'known === origin ? Number(seen) : 0',
    becomes: 'Number(seen)',
    caughtBy: ofStore,
  },
  {
    name: 'The store finds the revocation of any user.',
    file: STORE,
    was: 'this.database.revocations.get(userId);',
    becomes: '[...this.database.revocations.values()][0];',
    caughtBy: ofStore,
  },
  {
    name: 'The store compares user ids without regard to case.',
    file: STORE,
    was: 'const known = this.database.revocations.get(userId);',
    becomes: 'const known = this.database.revocations.get(userId.toLowerCase());',
    caughtBy: ofStore,
  },
  {
    name: 'The fake verifier accepts expired tokens.',
    file: FAKE_VERIFIER,
    was: 'issued.expiresAt <= this',
    becomes: 'issued.expiresAt < this',
    caughtBy: ofFakeVerifier,
  },
  {
    name: 'The fake verifier accepts refresh tokens.',
    file: FAKE_VERIFIER,
    was: `issued.type !== 'access'`,
    becomes: `issued.type === ''`,
    caughtBy: ofFakeVerifier,
  },
  {
    name: 'The fake verifier gives every actor the same role.',
    file: FAKE_VERIFIER,
    was: 'role: roleFrom(role)',
    becomes: `role: 'user'`,
    caughtBy: ofFakeVerifier,
  },
  {
    name: 'The fake verifier tells the time of issue in milliseconds.',
    file: FAKE_VERIFIER,
    was: 'isDated ? Math.floor(now / 1000) : undefined',
    becomes: 'isDated ? now : undefined',
    caughtBy: ofFakeVerifier,
  },
  {
    name: 'The fake verifier invents a time of issue.',
    file: FAKE_VERIFIER,
    was: 'isDated ? Math.floor(now / 1000) : undefined',
    becomes: 'Math.floor(now / 1000)',
    caughtBy: ofFakeVerifier,
  },
  {
    name: 'The fake verifier shows the token in a refusal.',
    file: FAKE_VERIFIER,
    was: `'The token has expired.'`,
    becomes: '`The token ${token} has expired.`',
    caughtBy: ofFakeVerifier,
  },
  {
    name: 'The verifier accepts a token in the second in which it expires.',
    file: CLAIMS,
    was: '<= now - leeway)',
    becomes: '< now - leeway)',
    caughtBy: ofVerifier,
  },
  {
    name: 'The verifier accepts a token before it is valid.',
    file: CLAIMS,
    was: `(seconds(claims, 'nbf') ?? -Infinity) > now + leeway`,
    becomes: `(seconds(claims, 'nbf') ?? -Infinity) > now + leeway + 60`,
    caughtBy: ofVerifier,
  },
  {
    name: 'The verifier accepts a token of any type.',
    file: CLAIMS,
    was: 'if (!tokenTypes.includes(type)) throw',
    becomes: `if (type === '') throw`,
    caughtBy: ofVerifier,
  },
  {
    name: 'The cache asks the store for everything at each refresh.',
    file: CACHE,
    was: 'this.store.since(this.position)',
    becomes: 'this.store.since(undefined)',
    caughtBy: ofCache,
  },
  {
    name: 'The cache forgets its position.',
    file: CACHE,
    was: `    this.position = position;
`,
    becomes: '',
    caughtBy: ofCache,
  },
  {
    name: 'The cache moves the instant of a user back.',
    file: CACHE,
    was: 'Math.max(validAfter.getTime(), this.known.get(userId) ?? -Infinity)',
    becomes: 'validAfter.getTime()',
    caughtBy: ofCache,
  },
  {
    name: 'The cache counts as fresh after a failed refresh.',
    file: CACHE,
    was: '    const { revocations, position } = await this.store.since(this.position);',
    becomes: `    this.refreshedAt = begun;
    const { revocations, position } = await this.store.since(this.position);`,
    caughtBy: ofCache,
  },
  {
    name: 'The cache is fresh from the end of a refresh, not from its begin.',
    file: CACHE,
    was: 'this.refreshedAt = begun;',
    becomes: 'this.refreshedAt = this.clock.now().getTime();',
    caughtBy: ofCache,
  },
  {
    name: 'The cache is stale a moment too early.',
    file: CACHE,
    was: 'this.refreshedAt > STALE_MS',
    becomes: 'this.refreshedAt >= STALE_MS',
    caughtBy: ofCache,
  },
  {
    name: 'The cache is used although it is stale and the settings forbid it.',
    file: CACHE,
    was: `this.settings.whenStale === 'closed' && this.isStale()`,
    becomes: `this.settings.whenStale === 'open' && this.isStale()`,
    caughtBy: ofCache,
  },
  {
    name: 'The cache knows the revocation of any user.',
    file: CACHE,
    was: `const known = this.known.get(userId);
    return known`,
    becomes: `const known = [...this.known.values()][0];
    return known`,
    caughtBy: ofCache,
  },
  {
    name: 'The cache forgets a revocation while a token that it refuses is still valid.',
    file: CACHE,
    was: 'now - this.settings.lifetimeSeconds * 1000 - SWEEP_MS',
    becomes: 'now - this.settings.lifetimeSeconds',
    caughtBy: ofCache,
  },
  {
    name: 'The cache forgets nothing.',
    file: CACHE,
    was: 'if (instant < oldest) this.known.delete(userId);',
    becomes: 'if (instant < -oldest) this.known.delete(userId);',
    caughtBy: ofCache,
  },
  {
    name: 'Authentication does not look for revocations.',
    file: AUTHENTICATE,
    was: 'if (validAfter && !isIssuedSince',
    becomes: 'if (!validAfter && !isIssuedSince',
    caughtBy: ofAuthenticate,
  },
  {
    name: 'Authentication looks for the revocations of another user.',
    file: AUTHENTICATE,
    was: 'this.revocations.validAfter(verified.actor.id)',
    becomes: 'this.revocations.validAfter(verified.actor.role)',
    caughtBy: ofAuthenticate,
  },
  {
    name: 'Authentication accepts a token without a time of issue.',
    file: AUTHENTICATE,
    was: 'issuedAt !== undefined && issuedAt',
    becomes: 'issuedAt === undefined || issuedAt',
    caughtBy: ofAuthenticate,
  },
  {
    name: 'Authentication refuses a token from the instant of the revocation.',
    file: AUTHENTICATE,
    was: '>= validAfter.getTime()',
    becomes: '> validAfter.getTime()',
    caughtBy: ofAuthenticate,
  },
  {
    name: 'Authentication compares seconds with milliseconds.',
    file: AUTHENTICATE,
    was: 'issuedAt * 1000 >=',
    becomes: 'issuedAt >=',
    caughtBy: ofAuthenticate,
  },
  {
    name: 'Authentication looks for revocations before it verifies the token.',
    file: AUTHENTICATE,
    was: 'const verified = await this.verifier.verify(token);',
    becomes: `this.revocations.validAfter('');
    const verified = await this.verifier.verify(token);`,
    caughtBy: ofAuthenticate,
  },
  {
    name: 'Everybody may revoke tokens.',
    file: REVOKE,
    was: `    ensure(mayRevokeTokens(actor));
`,
    becomes: '',
    caughtBy: ofRevoking,
  },
  {
    name: 'A revocation does not wait for the store.',
    file: REVOKE,
    was: 'const revocation = await this.store.record({',
    becomes: `const revocation = { userId, validAfter: validAfter ?? this.clock.now(), reason: reason ?? null };
    void this.store.record({`,
    caughtBy: ofRevoking,
  },
  {
    name: 'This process does not learn its own revocation.',
    file: REVOKE,
    was: `    this.cache.learn(revocation);
`,
    becomes: '',
    caughtBy: ofRevoking,
  },
  {
    name: 'A revocation ignores the given instant.',
    file: REVOKE,
    was: 'validAfter ?? this.clock.now()',
    becomes: 'this.clock.now()',
    caughtBy: ofRevoking,
  },
  {
    name: 'A revocation does not normalise its reason.',
    file: REVOKE,
    was: 'normaliseText(reason)',
    becomes: 'reason',
    caughtBy: ofRevoking,
  },
  {
    name: 'Everybody may see revocations.',
    file: SHOW,
    was: `    ensure(maySeeRevocations(actor));
`,
    becomes: '',
    caughtBy: ofRevoking,
  },
  {
    name: 'A missing revocation is shown as nothing.',
    file: SHOW,
    was: `    if (!revocation) throw new RevocationNotFound();
`,
    becomes: '',
    caughtBy: ofRevoking,
  },
  {
    name: 'The reader of user events forgets an event whose handling failed.',
    file: USER_EVENTS,
    was: `      else await handle(next);
      this.topic.committed += 1;`,
    becomes: `      this.topic.committed += 1;
      if (next !== "malformed") await handle(next);`,
    caughtBy: ofUserEvents,
  },
  {
    name: 'The reader of user events hands each event over again and again.',
    file: USER_EVENTS,
    was: `      this.topic.committed += 1;
`,
    becomes: '',
    caughtBy: ofUserEvents,
  },
  {
    name: 'The reader of user events swallows the error of the handler.',
    file: USER_EVENTS,
    was: 'await handle(next);',
    becomes: 'await handle(next).catch(() => undefined);',
    caughtBy: ofUserEvents,
  },
  {
    name: 'The reader of user events does not wait for the handler.',
    file: USER_EVENTS,
    was: 'await handle(next);',
    becomes: 'void handle(next);',
    caughtBy: ofUserEvents,
  },
  {
    name: 'The reader of user events stops at a malformed event.',
    file: USER_EVENTS,
    was: `if (next === 'malformed') this.logger.warn({}, 'a malformed event was skipped');`,
    becomes: `if (next === 'malformed') throw new Error('a malformed event');`,
    caughtBy: ofUserEvents,
  },
  {
    name: 'The reader of user events says nothing of a malformed event.',
    file: USER_EVENTS,
    was: `if (next === 'malformed') this.logger.warn({}, 'a malformed event was skipped');`,
    becomes: `if (next === 'malformed') void this.logger;`,
    caughtBy: ofUserEvents,
  },
  {
    name: 'Closing the reader of user events does not wait.',
    file: USER_EVENTS,
    was: `    await this.reading?.catch(() => undefined);
`,
    becomes: '',
    caughtBy: ofUserEvents,
  },
  {
    name: 'The reader of user events waits for a broker that is away.',
    file: USER_EVENTS,
    was: `throw new BrokerUnavailable('The broker does not reply.');`,
    becomes: `{
        await this.topic.more.promise;
        continue;
      }`,
    caughtBy: ofUserEvents,
  },
  {
    name: 'The reader of user events begins at the end.',
    file: USER_EVENTS,
    was: '    this.reading = this.run(handle);',
    becomes: `    this.topic.committed = this.topic.sent.length;
    this.reading = this.run(handle);`,
    caughtBy: ofUserEvents,
  },
];

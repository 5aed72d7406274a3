import type { PlantedFault } from './planted-fault.ts';

const UNIT_OF_WORK = 'tests/support/in-memory/in-memory-unit-of-work.ts';
const GUARD = 'src/infrastructure/persistence/transaction-guard.ts';
const caughtBy = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryUnitOfWork' };

/** Faults of a unit of work and of the ports inside it. */
export const TRANSACTION_FAULTS: readonly PlantedFault[] = [
  {
    name: 'The unit of work runs a block again after it has lost a race.',
    file: UNIT_OF_WORK,
    was: 'const result = await new TransactionGuard({ opportunities, outbox, idempotencyKeys }).run(work);',
    becomes: `const again = () => new TransactionGuard({ opportunities, outbox, idempotencyKeys }).run(work);
      const result = await again().catch((error: Error) => { if (error.name === 'ConcurrentChange') return again(); throw error; });`,
    caughtBy,
  },
  {
    name: 'The unit of work runs a block again after the storage was away.',
    file: UNIT_OF_WORK,
    was: 'const result = await new TransactionGuard({ opportunities, outbox, idempotencyKeys }).run(work);',
    becomes: `const again = () => new TransactionGuard({ opportunities, outbox, idempotencyKeys }).run(work);
      const result = await again().catch((error: Error) => { if (error.name === 'StorageUnavailable') return again(); throw error; });`,
    caughtBy,
  },
  {
    name: 'The unit of work runs a block although the storage is away.',
    file: UNIT_OF_WORK,
    was: `    await this.database.connect();
    const transaction = (`,
    becomes: '    const transaction = (',
    caughtBy,
  },
  {
    name: 'The unit of work commits although the storage went away.',
    file: UNIT_OF_WORK,
    was: `      await this.database.connect();
      opportunities.apply();`,
    becomes: '      opportunities.apply();',
    caughtBy,
  },
  {
    name: 'The unit of work reports a storage that is away with an error of the technology.',
    file: 'tests/support/in-memory/in-memory-database.ts',
    was: "throw new StorageUnavailable('The database does not answer.');",
    becomes: "throw new Error('ECONNREFUSED');",
    caughtBy,
  },
  {
    name: 'The unit of work wakes the relay up just before the commit.',
    file: UNIT_OF_WORK,
    was: '      opportunities.apply();',
    becomes:
      '      this.wakeUp.nudge();\n      this.wakeUp = { nudge: () => undefined, wait: async () => undefined };\n      opportunities.apply();',
    caughtBy,
  },
  {
    name: 'The unit of work wakes the relay up between the changes and the events.',
    file: UNIT_OF_WORK,
    was: `      for (const message of outbox.messages) this.database.enqueue(message);
      this.wakeUp.nudge();`,
    becomes: `      this.wakeUp.nudge();
      for (const message of outbox.messages) this.database.enqueue(message);`,
    caughtBy,
  },
  {
    name: 'The unit of work never wakes the relay up.',
    file: UNIT_OF_WORK,
    was: '      this.wakeUp.nudge();\n',
    becomes: '',
    caughtBy,
  },
  {
    name: 'The unit of work wakes the relay up before the block runs.',
    file: UNIT_OF_WORK,
    was: '    const transaction = (this.database',
    becomes: '    this.wakeUp.nudge();\n    const transaction = (this.database',
    caughtBy,
  },
  {
    name: 'The unit of work wakes the relay up after a failure as well.',
    file: UNIT_OF_WORK,
    was: '      idempotencyKeys.release();',
    becomes: '      this.wakeUp.nudge();\n      idempotencyKeys.release();',
    caughtBy,
  },
  {
    name: 'The unit of work returns nothing.',
    file: UNIT_OF_WORK,
    was: '      return result;',
    becomes: '      return undefined as never;',
    caughtBy,
  },
  {
    name: 'The unit of work stores the writes of a block that failed.',
    file: UNIT_OF_WORK,
    was: '      idempotencyKeys.release();',
    becomes: '      opportunities.apply();\n      idempotencyKeys.release();',
    caughtBy,
  },
  {
    name: 'The unit of work wraps the failure of a block.',
    file: UNIT_OF_WORK,
    was: '    } finally {\n      idempotencyKeys.release();',
    becomes:
      "    } catch (error) {\n      throw new Error('The transaction failed.', { cause: error });\n    } finally {\n      idempotencyKeys.release();",
    caughtBy,
  },
  {
    name: 'The unit of work forgets the events.',
    file: UNIT_OF_WORK,
    was: '      for (const message of outbox.messages) this.database.enqueue(message);\n',
    becomes: '',
    caughtBy,
  },
  {
    name: 'The unit of work stores the last event of a block only.',
    file: UNIT_OF_WORK,
    was: 'of outbox.messages) this',
    becomes: 'of outbox.messages.slice(-1)) this',
    caughtBy,
  },
  {
    name: 'The unit of work stores the events of a block in reverse order.',
    file: UNIT_OF_WORK,
    was: 'of outbox.messages) this',
    becomes: 'of outbox.messages.toReversed()) this',
    caughtBy,
  },
  {
    name: 'The outbox stores each message at once, before the commit.',
    file: UNIT_OF_WORK,
    was: '    this.messages.push(copy);',
    becomes: '    this.database.enqueue(copy);',
    caughtBy,
  },
  {
    name: 'The outbox keeps the object of the caller.',
    file: UNIT_OF_WORK,
    was: 'const copy = structuredClone(message);',
    becomes: 'const copy = message;',
    caughtBy,
  },
  {
    name: 'The outbox refuses a message of exactly the largest size.',
    file: UNIT_OF_WORK,
    was: 'if (bytes > this.largestMessageBytes)',
    becomes: 'if (bytes >= this.largestMessageBytes)',
    caughtBy,
  },
  {
    name: 'The outbox accepts one byte too many.',
    file: UNIT_OF_WORK,
    was: 'if (bytes > this.largestMessageBytes)',
    becomes: 'if (bytes > this.largestMessageBytes + 1)',
    caughtBy,
  },
  {
    name: 'The outbox counts characters and not bytes.',
    file: UNIT_OF_WORK,
    was: 'const bytes = messageBytes(copy);',
    becomes: 'const bytes = copy.payload.length + messageBytes({ ...copy, payload: "" });',
    caughtBy,
  },
  {
    name: 'The outbox drops a second message of the same key.',
    file: UNIT_OF_WORK,
    was: '    this.messages.push(copy);',
    becomes: '    if (!this.messages.some(({ key }) => key === copy.key)) this.messages.push(copy);',
    caughtBy,
  },
  {
    name: 'The outbox loses attributes without a value.',
    file: UNIT_OF_WORK,
    was: '    this.messages.push(copy);',
    becomes:
      "    this.messages.push({ ...copy, attributes: Object.fromEntries(Object.entries(copy.attributes).filter(([, value]) => value !== '')) });",
    caughtBy,
  },
  {
    name: 'The repository adds an id that is stored already.',
    file: UNIT_OF_WORK,
    was: '    if (this.current(copy.id)) throw new OpportunityExists();\n',
    becomes: '',
    caughtBy,
  },
  {
    name: 'The repository lets two simultaneous transactions add the same id.',
    file: UNIT_OF_WORK,
    was: 'this.database.opportunities.get(id)?.version !== replaces)',
    becomes: 'replaces !== undefined && this.database.opportunities.get(id)?.version !== replaces)',
    caughtBy,
  },
  {
    name: 'The repository does not check versions at the commit.',
    file: UNIT_OF_WORK,
    was: 'this.database.opportunities.get(id)?.version !== replaces)',
    becomes: 'replaces === undefined && this.database.opportunities.has(id))',
    caughtBy,
  },
  {
    name: 'The repository keeps the object of the caller when it adds.',
    file: UNIT_OF_WORK,
    was: `    const copy = copyOf(opportunity);
    await this.database.connect();
    if (this.current(copy.id)) throw`,
    becomes: `    const copy = opportunity;
    await this.database.connect();
    if (this.current(copy.id)) throw`,
    caughtBy,
  },
  {
    name: 'The repository keeps the object of the caller when it saves.',
    file: UNIT_OF_WORK,
    was: `    const copy = copyOf(opportunity);
    await this.database.connect();
    if (this.current(copy.id)?.version`,
    becomes: `    const copy = opportunity;
    await this.database.connect();
    if (this.current(copy.id)?.version`,
    caughtBy,
  },
  {
    name: 'The repository saves the object as it is when the storage gets it, and not as it was at the call.',
    file: UNIT_OF_WORK,
    was: `    const copy = copyOf(opportunity);
    await this.database.connect();
    if (this.current(copy.id)?.version`,
    becomes: `    await this.database.connect();
    const copy = copyOf(opportunity);
    if (this.current(copy.id)?.version`,
    caughtBy,
  },
  {
    name: 'The repository returns the stored object itself.',
    file: UNIT_OF_WORK,
    was: 'const opportunity = copyOf(current);',
    becomes: 'const opportunity = current;',
    caughtBy,
  },
  {
    name: 'The repository does not see its own writes.',
    file: UNIT_OF_WORK,
    was: 'return this.writes.get(id)?.copy ?? this.database.opportunities.get(id);',
    becomes: 'return this.database.opportunities.get(id);',
    caughtBy,
  },
  {
    name: 'The repository writes at once, so that others see what is not committed.',
    file: UNIT_OF_WORK,
    was: '    this.writes.set(copy.id, { copy, replaces: undefined });',
    becomes:
      '    this.writes.set(copy.id, { copy, replaces: copy.version });\n    this.database.opportunities.set(copy.id, copy);',
    caughtBy,
  },
  {
    name: 'The repository saves whatever version was read.',
    file: UNIT_OF_WORK,
    was: '    if (this.current(copy.id)?.version !== this.knownVersions.get(opportunity)) throw new ConcurrentChange();\n',
    becomes: '',
    caughtBy,
  },
  {
    name: 'The repository does not save.',
    file: UNIT_OF_WORK,
    was: '    this.writes.set(copy.id, { copy, replaces });\n',
    becomes: '',
    caughtBy,
  },
  {
    name: 'The repository finds an id in upper case only.',
    file: UNIT_OF_WORK,
    was: 'this.current(id.toLowerCase())',
    becomes: 'this.current(id.toUpperCase())',
    caughtBy,
  },
  {
    name: 'The repository compares ids with regard to case.',
    file: UNIT_OF_WORK,
    was: 'this.current(id.toLowerCase())',
    becomes: 'this.current(id)',
    caughtBy,
  },
  {
    name: 'The repository fails at a text that is no UUID.',
    file: UNIT_OF_WORK,
    was: 'const current = this.current(id.toLowerCase());',
    becomes: "if (id.length !== 36) throw new Error('22P02');\n    const current = this.current(id.toLowerCase());",
    caughtBy,
  },
  {
    name: 'The repository throws where it finds nothing.',
    file: UNIT_OF_WORK,
    was: '    if (!current) return undefined;',
    becomes: "    if (!current) throw new Error('not found');",
    caughtBy,
  },
  {
    name: 'An idempotency key is remembered for one hour.',
    file: UNIT_OF_WORK,
    was: 'REMEMBERED_HOURS * HOUR_MS',
    becomes: 'HOUR_MS',
    caughtBy,
  },
  {
    name: 'An idempotency key is remembered for 24 days.',
    file: UNIT_OF_WORK,
    was: 'REMEMBERED_HOURS * HOUR_MS',
    becomes: '24 * REMEMBERED_HOURS * HOUR_MS',
    caughtBy,
  },
  {
    name: 'An idempotency key is remembered although its transaction failed.',
    file: UNIT_OF_WORK,
    was: '    this.hasEnded = true;',
    becomes: '    this.apply();\n    this.hasEnded = true;',
    caughtBy,
  },
  {
    name: 'An idempotency key belongs to every user.',
    file: UNIT_OF_WORK,
    was: '    const name = JSON.stringify([userId, key]);',
    becomes: '    const name = JSON.stringify([userId.length, key]);',
    caughtBy,
  },
  {
    name: 'An idempotency key is named by user and key without a border between them.',
    file: UNIT_OF_WORK,
    was: '    const name = JSON.stringify([userId, key]);',
    becomes: '    const name = JSON.stringify([userId, key]).replace(\'","\', "");',
    caughtBy,
  },
  {
    name: 'An idempotency key accepts a different request.',
    file: UNIT_OF_WORK,
    was: '    if (earlier.fingerprint !== fingerprint) throw new IdempotencyKeyReused();\n',
    becomes: '',
    caughtBy,
  },
  {
    name: 'An idempotency key is taken by two transactions at once.',
    file: UNIT_OF_WORK,
    was: '    if (this.database.keysInUse.has(name) && !this.claimed.has(name)) throw new IdempotencyKeyInUse();\n',
    becomes: '',
    caughtBy,
  },
  {
    name: 'An idempotency key cannot be claimed twice in one block.',
    file: UNIT_OF_WORK,
    was: ' && !this.claimed.has(name)) throw',
    becomes: ') throw',
    caughtBy,
  },
  {
    name: 'An idempotency key stays in use after its transaction.',
    file: UNIT_OF_WORK,
    was: '    for (const name of this.claimed) this.database.keysInUse.delete(name);\n',
    becomes: '',
    caughtBy,
  },
  {
    name: 'A refused transaction frees the key of another one.',
    file: UNIT_OF_WORK,
    was: '    if (this.database.keysInUse.has(name) && !this.claimed.has(name)) throw new IdempotencyKeyInUse();\n    this.database.keysInUse.add(name);\n    this.claimed.add(name);',
    becomes:
      '    const taken = this.database.keysInUse.has(name) && !this.claimed.has(name);\n    this.database.keysInUse.add(name);\n    this.claimed.add(name);\n    if (taken) throw new IdempotencyKeyInUse();',
    caughtBy,
  },
  {
    name: 'A claim does not see what its own block has remembered.',
    file: UNIT_OF_WORK,
    was: 'this.responses.get(name) ?? this.database.responses.get(name)',
    becomes: 'this.database.responses.get(name)',
    caughtBy,
  },
  {
    name: 'A block can remember the response of one key only.',
    file: UNIT_OF_WORK,
    was: '    for (const [name, response] of this.responses) this',
    becomes: '    for (const [name, response] of [...this.responses].slice(0, 1)) this',
    caughtBy,
  },
  {
    name: 'The first response under a key stays when another one is remembered.',
    file: UNIT_OF_WORK,
    was: ' this.database.responses.set(name, response);',
    becomes: ' if (!this.database.responses.has(name)) this.database.responses.set(name, response);',
    caughtBy,
  },
  {
    name: 'An empty response counts as none.',
    file: UNIT_OF_WORK,
    was: '    return earlier.response;',
    becomes: '    return earlier.response || undefined;',
    caughtBy,
  },
  {
    name: 'The guard lets a block end while a call is running.',
    file: GUARD,
    was: 'if (this.isCalled) throw',
    becomes: 'if (!this.hasEnded && this.claims.size > 1000) throw',
    caughtBy,
  },
  {
    name: 'The guard lets calls overlap.',
    file: GUARD,
    was: 'this.isCalled ? this.overlapping() : port()',
    becomes: 'port()',
    caughtBy,
  },
  {
    name: 'The guard lets a block go on after a failed call.',
    file: GUARD,
    was: '      if (this.failure) throw this.failure.error;\n',
    becomes: '',
    caughtBy,
  },
  {
    name: 'The guard accepts a change without an event.',
    file: GUARD,
    was: '      if (id !== undefined)\n',
    becomes: '      if (id === "")\n',
    caughtBy,
  },
  {
    name: 'The guard asks for no event of an opportunity that was saved.',
    file: GUARD,
    was: `            this.withoutEvent.add(opportunity.id);
            await opportunities.save(opportunity);`,
    becomes: '            await opportunities.save(opportunity);',
    caughtBy,
  },
  {
    name: 'The guard accepts any event for a change.',
    file: GUARD,
    was: '            this.withoutEvent.delete(message.key);',
    becomes: '            this.withoutEvent.clear();',
    caughtBy,
  },
  {
    name: 'The guard lets an object be saved that was never read.',
    file: GUARD,
    was: '            if (!this.known.has(opportunity))\n',
    becomes: '            if (this.known.size > 1000)\n',
    caughtBy,
  },
  {
    name: 'The guard lets a response be remembered without a claim.',
    file: GUARD,
    was: '            if (!this.claims.has(nameOf(userId, retry)))\n',
    becomes: '            if (this.claims.size > 1000)\n',
    caughtBy,
  },
  {
    name: 'The guard lets ports be used after the end of the block.',
    file: GUARD,
    was: '    if (this.hasEnded) return',
    becomes: '    if (this.claims.size > 1000) return',
    caughtBy,
  },
  {
    name: 'The guard closes the ports of a block only when it succeeds.',
    file: GUARD,
    was: '      return result;\n    } finally {\n      this.hasEnded = true;',
    becomes: '      this.hasEnded = true;\n      return result;\n    } finally {\n      void 0;',
    caughtBy,
  },
];

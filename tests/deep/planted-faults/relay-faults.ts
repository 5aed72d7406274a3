import type { PlantedFault } from './planted-fault.ts';

const QUEUE = 'tests/support/in-memory/in-memory-outbox-queue.ts';
const PUBLISHER = 'tests/support/outbox/recording-publisher.ts';
const RELAY = 'src/application/outbox/relay-outbox.ts';
const WORKER = 'src/interfaces/worker/relay-worker.ts';
const WAKE_UP = 'src/infrastructure/system/in-process-relay-wake-up.ts';
const REPLAY = 'src/application/outbox/replay-events.ts';
const HEADERS = 'src/infrastructure/messaging/cloud-event-headers.ts';
const ofQueue = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryOutboxQueue' };
const ofPublisher = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'RecordingPublisher' };
const ofRelay = { spec: 'tests/application/outbox/relay-outbox.spec.ts' };
const ofWorker = { spec: 'tests/interfaces/worker/relay-worker.spec.ts' };
const ofWakeUp = { spec: 'tests/contracts/adapters/in-process.spec.ts', only: 'InProcessRelayWakeUp' };
const ofReplay = { spec: 'tests/application/outbox/replay-events.spec.ts' };
const ofHeaders = { spec: 'tests/infrastructure/messaging/cloud-event-headers.spec.ts' };

/** Faults of the outbox’s other side: the queue, the relay and its worker, and the publisher. */
export const RELAY_FAULTS: readonly PlantedFault[] = [
  {
    name: 'The queue gives messages that are in flight again.',
    file: QUEUE,
    was: '.filter(({ position }) => !flying.has(position))',
    becomes: '',
    caughtBy: ofQueue,
  },
  {
    name: 'The queue gives one message more than the limit.',
    file: QUEUE,
    was: '.slice(0, most)',
    becomes: '.slice(0, most + 1)',
    caughtBy: ofQueue,
  },
  {
    name: 'The queue ignores the limit of bytes.',
    file: QUEUE,
    was: `      if (batch.length > 0 && bytes > mostBytes) break;
`,
    becomes: '',
    caughtBy: ofQueue,
  },
  {
    name: 'The queue gives nothing when the first message is too large for the limit.',
    file: QUEUE,
    was: 'if (batch.length > 0 && bytes > mostBytes) break;',
    becomes: 'if (bytes > mostBytes) break;',
    caughtBy: ofQueue,
  },
  {
    name: 'The queue gives the newest messages first.',
    file: QUEUE,
    was: 'for (const queued of this.database.outbox.filter',
    becomes: 'for (const queued of this.database.outbox.toReversed().filter',
    caughtBy: ofQueue,
  },
  {
    name: 'Two relays get the same messages.',
    file: QUEUE,
    was: 'const mayFetch = this.database.relay === this.session && ',
    becomes: 'const mayFetch = ',
    caughtBy: ofQueue,
  },
  {
    name: 'The queue gives messages while it is paused.',
    file: QUEUE,
    was: ' && !this.database.pause;',
    becomes: ';',
    caughtBy: ofQueue,
  },
  {
    name: 'The queue says nothing when the storage is away.',
    file: QUEUE,
    was: `    this.database.ensureReachable();
    if (!this.database.relay) this.own();`,
    becomes: '    if (!this.database.relay) this.own();',
    caughtBy: ofQueue,
  },
  {
    name: 'The queue keeps its messages in flight after the storage was away.',
    file: QUEUE,
    was: `    if (this.database.away && this.database.relay === this.session) this.database.relay = undefined;
`,
    becomes: '',
    caughtBy: ofQueue,
  },
  {
    name: 'A released queue keeps its keys.',
    file: QUEUE,
    was: `    if (this.database.relay === this.session) this.database.relay = undefined;
  }`,
    becomes: '  }',
    caughtBy: ofQueue,
  },
  {
    name: 'A released queue takes the keys of another relay with it.',
    file: QUEUE,
    was: `    if (this.database.relay === this.session) this.database.relay = undefined;
  }`,
    becomes: `    this.database.relay = undefined;
  }`,
    caughtBy: ofQueue,
  },
  {
    name: 'The queue gives messages of a parked key.',
    file: QUEUE,
    was: `    this.moveBehindParkedMessages(flying);
`,
    becomes: '',
    caughtBy: ofQueue,
  },
  {
    name: 'The queue never gives freed messages.',
    file: QUEUE,
    was: `    this.unpark();
`,
    becomes: '',
    caughtBy: ofQueue,
  },
  {
    name: 'Freed messages come behind newer ones.',
    file: QUEUE,
    was: '[...back, ...database.outbox].sort((one, other) => Number(one.position) - Number(other.position))',
    becomes: '[...database.outbox, ...back]',
    caughtBy: ofQueue,
  },
  {
    name: 'A batch says that it holds messages that it has lost.',
    file: QUEUE,
    was: 'return this.areInFlight(this.messages);',
    becomes: 'return this.messages.length > 0;',
    caughtBy: ofQueue,
  },
  {
    name: 'A batch holds its messages when one of them is in flight.',
    file: QUEUE,
    was: 'messages.every((message) => session',
    becomes: 'messages.some((message) => session',
    caughtBy: ofQueue,
  },
  {
    name: 'A batch is acknowledged by a relay that lost its keys.',
    file: QUEUE,
    was: `    if (!this.areInFlight(messages)) throw new OwnershipLost();
`,
    becomes: '',
    caughtBy: ofQueue,
  },
  {
    name: 'An acknowledgement removes the whole batch.',
    file: QUEUE,
    was: 'const gone = new Set(messages.map(',
    becomes: 'const gone = new Set(this.messages.map(',
    caughtBy: ofQueue,
  },
  {
    name: 'An acknowledgement removes nothing.',
    file: QUEUE,
    was: `    await this.database.connect();
    this.remove(gone);`,
    becomes: '    await this.database.connect();',
    caughtBy: ofQueue,
  },
  {
    name: 'A message that is put back stays in flight.',
    file: QUEUE,
    was: 'for (const message of messages) this.session.inFlight.delete(message);',
    becomes: '',
    caughtBy: ofQueue,
  },
  {
    name: 'Putting a message back puts the whole batch back.',
    file: QUEUE,
    was: 'for (const message of messages) this.session.inFlight.delete(message);',
    becomes: 'for (const message of [...messages, ...this.messages]) this.session.inFlight.delete(message);',
    caughtBy: ofQueue,
  },
  {
    name: 'A parked message stays in the outbox.',
    file: QUEUE,
    was: `    this.remove(new Set([message.position]));
`,
    becomes: '',
    caughtBy: ofQueue,
  },
  {
    name: 'A parked message disappears.',
    file: QUEUE,
    was: `    this.database.parked.push({ message, refusal });
`,
    becomes: '',
    caughtBy: ofQueue,
  },
  {
    name: 'A parked message loses the broker’s reason.',
    file: QUEUE,
    was: 'this.database.parked.push({ message, refusal });',
    becomes: `this.database.parked.push({ message, refusal: '' });`,
    caughtBy: ofQueue,
  },
  {
    name: 'The queue drops attributes.',
    file: QUEUE,
    was: 'const message = structuredClone(queued);',
    becomes: 'const message = { ...structuredClone(queued), attributes: {} };',
    caughtBy: ofQueue,
  },
  {
    name: 'The publisher drops repeats.',
    file: PUBLISHER,
    was: 'this.published.push(...structuredClone(messages));',
    becomes: 'this.published.push(...messages.filter(({ id }) => !this.published.some((each) => each.id === id)));',
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher never refuses a message.',
    file: PUBLISHER,
    was: 'if (messages.some(({ id }) => this.refused.has(id))) throw',
    becomes: `if (messages.some(({ id }) => id === '')) throw`,
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher reports a refused message as an outage.',
    file: PUBLISHER,
    was: `throw new MessagesRefused('The broker refuses them.')`,
    becomes: `throw new BrokerUnavailable('The broker refuses them.')`,
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher reports an outage as a refusal.',
    file: PUBLISHER,
    was: `throw new BrokerUnavailable('The broker is away.')`,
    becomes: `throw new MessagesRefused('The broker is away.')`,
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher swallows an outage.',
    file: PUBLISHER,
    was: `if (this.away) throw new BrokerUnavailable('The broker is away.');`,
    becomes: 'if (this.away) return;',
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher publishes in reverse order.',
    file: PUBLISHER,
    was: '...structuredClone(messages)',
    becomes: '...messages.toReversed()',
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher publishes only the first messages of a large batch.',
    file: PUBLISHER,
    was: '...structuredClone(messages)',
    becomes: '...messages.slice(0, 499)',
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher takes a message of half its largest size only.',
    file: PUBLISHER,
    was: `    if (this.away) throw new BrokerUnavailable('The broker is away.');`,
    becomes: `    if (messages.some(({ payload }) => payload.length > 450_000)) throw new MessagesRefused("too large");
    if (this.away) throw new BrokerUnavailable('The broker is away.');`,
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher refuses everything after one refusal.',
    file: PUBLISHER,
    was: `throw new MessagesRefused('The broker refuses them.')`,
    becomes: `{
      this.away = true;
      throw new MessagesRefused('The broker refuses them.');
    }`,
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher changes the messages of its caller.',
    file: PUBLISHER,
    was: '    this.published.push',
    becomes: `    for (const message of messages) Object.assign(message.attributes, { published: "yes" });
    this.published.push`,
    caughtBy: ofPublisher,
  },
  {
    name: 'The publisher loses an attribute.',
    file: PUBLISHER,
    was: '...structuredClone(messages)',
    becomes: '...messages.map((each) => ({ ...each, attributes: { id: each.id } }))',
    caughtBy: ofPublisher,
  },
  {
    name: 'The relay acknowledges before it publishes.',
    file: RELAY,
    was: `      const published = await this.publish(batch);
      await this.acknowledged;
      this.acknowledged = handled(batch.acknowledge(published));`,
    becomes: `      this.acknowledged = handled(batch.acknowledge(messages));
      await this.acknowledged;
      await this.publish(batch);`,
    caughtBy: ofRelay,
  },
  {
    name: 'The relay does not acknowledge.',
    file: RELAY,
    was: 'this.acknowledged = handled(batch.acknowledge(published));',
    becomes: 'void published;',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay acknowledges what was not published.',
    file: RELAY,
    was: 'handled(batch.acknowledge(published))',
    becomes:
      'handled(batch.acknowledge(messages.filter((each) => published.length >= 0 && batch.messages.includes(each))))',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay does not wait for its acknowledgement.',
    file: RELAY,
    was: `      if (!moreWaits) await this.acknowledged;
`,
    becomes: '',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay swallows a failed acknowledgement.',
    file: RELAY,
    was: `      if (!moreWaits) await this.acknowledged;
`,
    becomes: `      if (!moreWaits) await this.acknowledged.catch(() => undefined);
`,
    caughtBy: ofRelay,
  },
  {
    name: 'The relay keeps messages in flight after a failure.',
    file: RELAY,
    was: `      batch?.putBack(batch.messages);
      await this.putPrefetchedBack();`,
    becomes: '      await this.putPrefetchedBack();',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay takes keys before the broker has replied.',
    file: RELAY,
    was: '      await this.publisher.probe();',
    becomes: '',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay keeps its keys although it cannot reach the broker.',
    file: RELAY,
    was: `    this.takesPart = false;
    await this.release();`,
    becomes: '    this.takesPart = false;',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay counts failures from before its last success.',
    file: RELAY,
    was: `    this.failing = undefined;
    this.letGo = 0;`,
    becomes: '    this.letGo = 0;',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay comes back in vain again and again.',
    file: RELAY,
    was: 'this.timer.elapsedMs() < this.awayUntil',
    becomes: 'this.timer.elapsedMs() < -Infinity',
    caughtBy: ofRelay,
  },
  {
    name: 'The publisher replies to a probe although it is away.',
    file: PUBLISHER,
    was: `    if (this.away) throw new BrokerUnavailable('The broker does not reply.');`,
    becomes: '',
    caughtBy: ofPublisher,
  },
  {
    name: 'The relay forgets what it has fetched ahead.',
    file: RELAY,
    was: `      batch?.putBack(batch.messages);
      await this.putPrefetchedBack();`,
    becomes: '      batch?.putBack(batch.messages);',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay swallows an outage of the broker.',
    file: RELAY,
    was: `      await this.putPrefetchedBack();
      throw error;`,
    becomes: `      await this.putPrefetchedBack();
      return 0;`,
    caughtBy: ofRelay,
  },
  {
    name: 'The relay publishes a batch that it has lost.',
    file: RELAY,
    was: 'if (batch.holds()) return batch;',
    becomes: 'if (batch) return batch;',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay parks a message during an outage.',
    file: RELAY,
    was: 'if (!(error instanceof MessagesRefused)) throw error;',
    becomes: 'if (!(error instanceof Error)) throw error;',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay parks the first message of a refused batch.',
    file: RELAY,
    was: 'if (free.length === 1) {',
    becomes: 'if (free.length >= 1) {',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay lets later messages of a parked key pass.',
    file: RELAY,
    was: `        parkedKeys.add(first.key);
`,
    becomes: '',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay parks without the broker’s reason.',
    file: RELAY,
    was: 'batch.park(first, error.message)',
    becomes: `batch.park(first, '')`,
    caughtBy: ofRelay,
  },
  {
    name: 'The relay does not wait until a message is parked.',
    file: RELAY,
    was: '        await batch.park(first, error.message);',
    becomes: '        void batch.park(first, error.message).catch(() => undefined);',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay keeps what lies behind a parked message.',
    file: RELAY,
    was: `      batch.putBack(behind.filter((each) => !published.includes(each)));
`,
    becomes: '',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay fetches ahead after each batch.',
    file: RELAY,
    was: 'const moreWaits = this.isFull(messages);',
    becomes: 'const moreWaits = messages.length > 0;',
    caughtBy: ofRelay,
  },
  {
    name: 'The relay never fetches ahead.',
    file: RELAY,
    was: 'const moreWaits = this.isFull(messages);',
    becomes: 'const moreWaits = messages.length < 0;',
    caughtBy: ofRelay,
  },
  {
    name: 'A stopping relay does not release its keys.',
    file: RELAY,
    was: `    await this.queue.release();
`,
    becomes: '',
    caughtBy: ofRelay,
  },
  {
    name: 'A stopping relay does not wait for its last acknowledgement.',
    file: RELAY,
    was: `    await this.acknowledged.catch(() => undefined);
`,
    becomes: '',
    caughtBy: ofRelay,
  },
  {
    name: 'The worker stops after the first failure.',
    file: WORKER,
    was: '        await this.timer.pause(retryDelay(failures), this.stopped.signal);',
    becomes: '        return;',
    caughtBy: ofWorker,
  },
  {
    name: 'The worker does not wait between failures.',
    file: WORKER,
    was: '        await this.timer.pause(retryDelay(failures), this.stopped.signal);',
    becomes: '        await Promise.resolve();',
    caughtBy: ofWorker,
  },
  {
    name: 'The worker stops without waiting for the batch in flight.',
    file: WORKER,
    was: `    await this.running;
`,
    becomes: '',
    caughtBy: ofWorker,
  },
  {
    name: 'The worker stops without handing over.',
    file: WORKER,
    was: `    await this.relay.release();
`,
    becomes: '',
    caughtBy: ofWorker,
  },
  {
    name: 'The worker counts no failure.',
    file: WORKER,
    was: `        this.metrics.relayFailed();
`,
    becomes: '',
    caughtBy: ofWorker,
  },
  {
    name: 'The wake-up forgets a nudge for which nobody waits.',
    file: WAKE_UP,
    was: `    this.nudged = true;
`,
    becomes: '',
    caughtBy: ofWakeUp,
  },
  {
    name: 'The wake-up remembers a nudge for ever.',
    file: WAKE_UP,
    was: `    this.nudged = false;
  }`,
    becomes: '  }',
    caughtBy: ofWakeUp,
  },
  {
    name: 'The wake-up ends a wait at once.',
    file: WAKE_UP,
    was: 'setTimeout(resolve, milliseconds)',
    becomes: 'setTimeout(resolve, milliseconds / 1000)',
    caughtBy: ofWakeUp,
  },
  {
    name: 'The wake-up ends no wait.',
    file: WAKE_UP,
    was: `    this.wake?.();
`,
    becomes: '',
    caughtBy: ofWakeUp,
  },
  {
    name: 'A replay marks its events with no time.',
    file: REPLAY,
    was: 'this.clock.now().toISOString();',
    becomes: `'';`,
    caughtBy: ofReplay,
  },
  {
    name: 'A replay does not choose its events.',
    file: REPLAY,
    was: `      await this.replay.choose(selection);
`,
    becomes: '',
    caughtBy: ofReplay,
  },
  {
    name: 'A replay ignores its rate.',
    file: REPLAY,
    was: '(taken / eventsPerSecond) * 1000',
    becomes: 'taken / eventsPerSecond',
    caughtBy: ofReplay,
  },
  {
    name: 'A replay does not pause while many events wait.',
    file: REPLAY,
    was: '> MOST_WAITING) {',
    becomes: '> MOST_WAITING * 1000) {',
    caughtBy: ofReplay,
  },
  {
    name: 'A replay cannot be stopped.',
    file: REPLAY,
    was: `        if (stop.aborted) break;
`,
    becomes: '',
    caughtBy: ofReplay,
  },
  {
    name: 'A replay counts removed events as replayed.',
    file: REPLAY,
    was: 'replayed += step.replayed;',
    becomes: 'replayed += step.next;',
    caughtBy: ofReplay,
  },
  {
    name: 'An event loses its content type on the topic.',
    file: HEADERS,
    was: `'content-type'`,
    becomes: `'ce_datacontenttype'`,
    caughtBy: ofHeaders,
  },
];

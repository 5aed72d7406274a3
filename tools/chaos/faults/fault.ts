import type { LoggedWriters } from '../../../tests/support/logged-writers.ts';
import type { History } from '../../history/history.ts';
import type { PostgresServer } from '../../local/postgres/postgres.ts';
import type { Brokers } from '../system/brokers.ts';
import type { Chance } from '../random-choices.ts';
import type { Outbox } from '../system/outbox.ts';
import type { Relays } from '../system/relays.ts';
import type { Topic } from '../system/topic.ts';

/** What a fault may lay hands on. Writers write all the time. */
export type Scene = {
  readonly chance: Chance;
  readonly postgres: PostgresServer;
  readonly brokers: Brokers;
  readonly topic: Topic;
  readonly outbox: Outbox;
  readonly relays: Relays;
  readonly writers: LoggedWriters;
};

export type Fault = {
  readonly name: string;
  /** What is broken, in a few words. */
  readonly breaks: string;
  /** How many brokers it wants: a cluster only where it makes a difference. */
  readonly brokers: 1 | 3;
  /** How many relays; 2 or 3, as chance has it, when it does not matter. */
  readonly relays?: number;
  /** As in FaultWindow. */
  readonly stragglers?: true;
  readonly partitionsChanged?: true;
  /**
   * Breaks something, and puts it right again.
   * @returns how often it hit; 0 when nothing was there to be hit.
   * @throws BrokenPromise; whatever else it throws is a failure of the run, too.
   */
  inflict(scene: Scene): Promise<number>;
  /** What of it can be seen on the topic; 0 when nothing can. Not every fault must leave a trace there. */
  tracesIn?(history: History): number;
};

/** Seen while the fault was on, where the topic would not show it. */
export class BrokenPromise extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BrokenPromise';
  }
}

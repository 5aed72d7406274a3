import type { LoggedWriters } from '../../../tests/support/outbox/logged-writers.ts';
import type { FaultWindow, History } from '../../history/history.ts';
import type { PostgresServer } from '../../local/postgres/postgres.ts';
import type { RandomChoices } from '../random-choices.ts';
import type { Brokers } from '../system/brokers.ts';
import type { Outbox } from '../system/outbox.ts';
import type { Relays } from '../system/relays.ts';
import type { Topic } from '../system/topic.ts';

/** The parts of one run that a fault may break. The writers write all the time. */
export type SystemUnderTest = {
  readonly random: RandomChoices;
  readonly postgres: PostgresServer;
  readonly brokers: Brokers;
  readonly topic: Topic;
  readonly outbox: Outbox;
  readonly relays: Relays;
  readonly writers: LoggedWriters;
};

/** One kind of failure, and the irregularities that it may cause in the history. */
export type Fault = Pick<FaultWindow, 'stragglers' | 'partitionsChanged'> & {
  readonly name: string;
  /** A short description of the failure. */
  readonly breaks: string;
  /** Number of brokers that this fault needs: 3 only where a cluster makes a difference. */
  readonly brokers: 1 | 3;
  /** Number of relays. Without it, the run chooses 2 or 3. */
  readonly relays?: number;
  /**
   * Breaks something and repairs it.
   * @returns how often the fault hit something; 0 when there was nothing to hit.
   * @throws BrokenPromise. Any other error fails the run, too.
   */
  inflict(system: SystemUnderTest): Promise<number>;
  /** Counts the traces of this fault on the topic. Only faults that must leave one have this function. */
  tracesIn?(history: History): number;
};

/** A promise was broken during the fault, in a way that the topic would not show. */
export class BrokenPromise extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BrokenPromise';
  }
}

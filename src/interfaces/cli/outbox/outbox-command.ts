/** What a command has found or done. */
export type Answer = {
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** For people: lines, each with its end. */
  readonly text: string;
  /** For programs; the names are documented. */
  readonly json: Readonly<Record<string, unknown>>;
};

/** A command line that can be followed. */
export type OutboxRequest<Port> = {
  readonly help: boolean;
  readonly json: boolean;
  /** @throws CannotBeDone */
  perform(port: Port): Promise<Answer>;
};

/** One command of the outbox, asking one port. */
export type OutboxCommand<Port> = {
  /** Lines of the help. */
  readonly usage: string;
  /**
   * @param args what comes behind the command's name.
   * @throws BadUsage
   */
  read(args: readonly string[]): OutboxRequest<Port>;
};

/** What was asked for is not there, or not in a state in which it can be done. The message is for people. */
export class CannotBeDone extends Error {}

/** One command of the outbox. It uses one part of the application: a port or a use case. */
export type OutboxCommand<Part> = {
  /** Lines of the help. */
  readonly usage: string;
  /**
   * Reads the command line before anything is connected.
   * @param args the arguments behind the command's name.
   * @throws BadUsage
   */
  read(args: readonly string[]): ParsedCommand<Part>;
};

/** A command with its arguments read, ready to be carried out. */
export type ParsedCommand<Part> = {
  readonly help: boolean;
  readonly json: boolean;
  /** @throws CannotBeDone */
  perform(part: Part): Promise<CommandResult>;
};

export type CommandResult = {
  /** Whether nothing is wrong; decides the exit code. */
  readonly ok: boolean;
  /** For people: lines, each with its line break. */
  readonly text: string;
  /** For programs: fields with documented names. */
  readonly json: Readonly<Record<string, unknown>>;
};

/** The command cannot be carried out, such as for an event that does not exist. The message is for people. */
export class CannotBeDone extends Error {}

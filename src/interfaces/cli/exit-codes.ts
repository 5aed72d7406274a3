/** The exit codes of the process, which docs/ and every command's help list. */
export const EXIT = {
  /** Nothing is wrong. */
  ok: 0,
  /** Something is wrong, or the command could not be carried out. */
  failed: 1,
  /** The command line is not valid. */
  badUsage: 2,
  /** The configuration is not valid, or its file cannot be read: EX_CONFIG of sysexits.h. */
  badConfiguration: 78,
} as const;

/** Texts that a command prints, and the exit code of its process. */
export type CommandOutput = {
  readonly code: (typeof EXIT)[keyof typeof EXIT];
  /** Text for standard output. */
  readonly output: string;
  /** Text for standard error. */
  readonly error: string;
};

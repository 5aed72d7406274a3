/** One thing that is wrong with proposed data. All of them are reported together. */
export type Violation = {
  /** Where: property names and array indices, outermost first. */
  readonly path: readonly (string | number)[];
  /** Stable, for programs. */
  readonly code: string;
  /** For people: completes the sentence "<field> …". */
  readonly message: string;
};

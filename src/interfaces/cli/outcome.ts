/** What a command prints, and the code that its process ends with. */
export type Outcome = { readonly code: number; readonly output: string; readonly error: string };

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pythonEnvironment, pythonPackages } from '../support/tokens/python-environment.ts';

/** The settings in SIMPLE_JWT, with lifetimes in seconds. */
export type SimpleJwtSettings = Readonly<Record<string, unknown>>;

/** The judgement of JWTStatelessUserAuthentication on a token or a header. */
export type SimpleJwtJudgement =
  | { readonly user: string; readonly role: string | null }
  /** Exceptions with their messages: the one that Django gets, and its causes. */
  | { readonly refused: readonly string[] };

export type IssueQuestion = {
  readonly user: Readonly<Record<string, unknown>>;
  readonly custom: Readonly<Record<string, unknown>>;
  /** Milliseconds between the login and the use of its refresh token. */
  readonly loginAgo: number;
};

/** Tested versions of simplejwt, from the oldest that an issuer may have to the newest, each with a PyJWT of its time. */
export const SIMPLEJWT_VERSIONS = ['4.8.0', '5.2.2', '5.3.1', '5.5.0', '5.5.1'] as const;
export type SimpleJwtVersion = (typeof SIMPLEJWT_VERSIONS)[number];

const FOLDER = 'tests/differential';

/** Starts one oracle per version. All of them use the same Django. @throws Error as pythonEnvironment does. */
export async function startOracles(): Promise<Map<SimpleJwtVersion, SimpleJwtOracle>> {
  const programs = await pythonEnvironment('differential', `${FOLDER}/requirements.txt`);
  const fetched = await Promise.all(
    SIMPLEJWT_VERSIONS.map(async (version) => {
      const requirements = `${FOLDER}/simplejwt-${version}.txt`;
      return [version, await pythonPackages(programs, `simplejwt-${version}`, requirements)] as const;
    }),
  );
  // The processes start only when all packages are there, because nothing would stop them if a later fetch failed.
  return new Map(
    fetched.map(([version, packages]) => [version, new SimpleJwtOracle(join(programs, 'python'), packages)]),
  );
}

/** One version of simplejwt in a process of its own (oracle.py), which answers questions in their order. */
export class SimpleJwtOracle {
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly waiting: { answer: (line: string) => void; fail: (error: Error) => void }[] = [];
  private errors = '';

  constructor(python: string, packages: string) {
    this.child = spawn(python, ['-W', 'ignore', `${FOLDER}/oracle.py`], {
      env: { PATH: process.env['PATH'], PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.waiting.shift()?.answer(line));
    this.child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.child.stdin.on('error', () => undefined);
    for (const event of ['error', 'close'])
      this.child.on(event, (cause: unknown) => {
        for (const { fail } of this.waiting.splice(0))
          fail(new Error(`The oracle has ended. ${this.errors}`, { cause }));
      });
  }

  /** @returns a token of each kind. @throws Error when this version cannot issue one. */
  issue(settings: SimpleJwtSettings, now: Date, question: IssueQuestion): Promise<Record<string, string>> {
    return this.ask({ do: 'issue', settings, now: now.getTime(), ...question });
  }

  /** @param given tokens or headers, in which each character stands for a byte. */
  judge(
    settings: SimpleJwtSettings,
    now: Date,
    given: { tokens: readonly string[] } | { headers: readonly string[] },
  ): Promise<SimpleJwtJudgement[]> {
    return this.ask({ do: 'judge', settings, now: now.getTime(), ...given });
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  private async ask<Answer>(question: object): Promise<Answer> {
    const line = await new Promise<string>((answer, fail) => {
      this.waiting.push({ answer, fail });
      if (this.child.exitCode !== null) fail(new Error(`The oracle has ended. ${this.errors}`));
      this.child.stdin.write(`${JSON.stringify(question)}\n`);
    });
    const answer = JSON.parse(line) as Answer | { error: string };
    if (typeof answer === 'object' && answer !== null && 'error' in answer) throw new Error(answer.error);
    return answer;
  }
}

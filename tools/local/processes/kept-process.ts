import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A program to run under a keeper (keeper.ts). */
export type Program = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The user to run the program as. Only root may choose one. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** File to which the output is appended. Without it, `KeptProcess.output` has the output, and errors go to our own standard error. */
  readonly logFile?: string;
  /** Signal that asks the program to end cleanly. */
  readonly stopSignal: NodeJS.Signals;
  /** Milliseconds that the program may take to end before it gets SIGKILL. */
  readonly graceMs: number;
  /** A command to run after the program was stopped. */
  readonly afterwards?: readonly string[];
  /** A folder to remove after the program was stopped. */
  readonly removeFolder?: string;
};

/** The end of a program's run: its exit code, or the signal that ended it. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A keeper's report about its program. */
export type Report = { readonly pid: number } | { readonly exit: Exit } | { readonly failed: string };

const live = new Set<KeptProcess>();

/** The programs that this process has started and that have not ended completely. */
export function liveProcesses(): readonly KeptProcess[] {
  return [...live];
}

/** A program under a keeper (keeper.ts). It ends with `stop`, or when this process ends for any reason. */
export class KeptProcess {
  readonly #keeper: ChildProcess;
  readonly #orders: Writable;
  readonly #gone: Promise<unknown>;
  #pid = 0;
  #run: PromiseWithResolvers<Exit>;
  #started: PromiseWithResolvers<void>;
  #running = false;
  #stopping = false;

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper;
    this.#gone = once(keeper, 'close');
    this.#run = Promise.withResolvers();
    this.#started = Promise.withResolvers();
    const reports = keeper.stdio[3];
    if (!(keeper.stdin instanceof Writable) || !(reports instanceof Readable))
      throw new Error('A keeper has no pipes.');
    this.#orders = keeper.stdin;
    // The keeper may end before us. Orders that it can no longer read are no reason to fail.
    this.#orders.on('error', () => undefined);
    createInterface({ input: reports }).on('line', (line) => {
      this.#hear(JSON.parse(line) as Report);
    });
    live.add(this);
    void this.#gone.then(() => {
      live.delete(this);
      this.#hear({ failed: 'the keeper has ended' });
      this.#run.resolve({ code: null, signal: null });
    });
  }

  /**
   * Runs a program under a keeper of its own.
   * @param env the program's whole environment. It is no part of `Program`, which every user of the machine can read in
   *   the keeper's command line.
   * @throws Error when the program cannot be run at all.
   */
  static async start(program: Program, env: NodeJS.ProcessEnv = process.env): Promise<KeptProcess> {
    const keeper = spawn(
      process.execPath,
      [fileURLToPath(new URL('./keeper.ts', import.meta.url)), JSON.stringify(program)],
      { detached: true, stdio: ['pipe', program.logFile === undefined ? 'pipe' : 'ignore', 'inherit', 'pipe'], env },
    );
    const kept = new KeptProcess(keeper);
    try {
      await kept.#started.promise;
    } catch (error) {
      await kept.stop();
      throw new Error(`${program.command} cannot be run.`, { cause: error });
    }
    return kept;
  }

  /** Process id of the program's present or last run. */
  get pid(): number {
    return this.#pid;
  }

  /** Settles when the present run of the program ends. */
  get exited(): Promise<Exit> {
    return this.#run.promise;
  }

  /** Whether the program is running. */
  get running(): boolean {
    return this.#running;
  }

  /** Whether `stop` was called. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** The program's standard output; null when it goes to a log file. */
  get output(): Readable | null {
    return this.#keeper.stdout;
  }

  /** Sends a signal to the program, unless it has ended. */
  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(this.#pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Waits until the program has ended, and runs it again. @throws Error when it cannot be run. */
  async startAgain(): Promise<void> {
    await this.exited;
    this.#run = Promise.withResolvers();
    this.#started = Promise.withResolvers();
    this.#orders.write('start\n');
    await this.#started.promise;
  }

  /** Stops the program and waits until the program, its keeper and `removeFolder` are gone. */
  async stop(options: { keepFolder?: boolean } = {}): Promise<void> {
    this.#stopping = true;
    if (options.keepFolder === true) this.#orders.write('keep-folder\n');
    this.#orders.end();
    await this.#gone;
  }

  #hear(report: Report): void {
    this.#running = 'pid' in report;
    if ('pid' in report) {
      this.#pid = report.pid;
      this.#started.resolve();
    } else if ('exit' in report) {
      this.#run.resolve(report.exit);
    } else {
      // Marks the rejection as handled. Otherwise Node would end this process when nothing awaits the promise.
      this.#started.promise.catch(() => undefined);
      this.#started.reject(new Error(report.failed));
      this.#run.resolve({ code: 1, signal: null });
    }
  }
}

/** Runs a program that ends by itself, and waits for its end. @throws Error when it cannot be run. */
export async function runKept(program: Program, onLine?: (line: string) => void): Promise<Exit> {
  const kept = await KeptProcess.start(program);
  if (kept.output !== null) createInterface({ input: kept.output }).on('line', (line) => onLine?.(line));
  const exit = await kept.exited;
  await kept.stop({ keepFolder: true });
  return exit;
}

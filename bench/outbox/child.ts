import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The service's own flags (docs/operators/operations.md), so that whoever is compared has them, too. */
const FLAGS = ['--conditions=source', '--max-semi-space-size=32', '--disable-warning=TimeoutNegativeWarning'];

/** A program of this folder in a process of its own, so that it measures nothing but its work. One question at a time. */
export class Child<Question, Answer> {
  readonly pid: number;
  private readonly process: ChildProcess;
  private readonly gone: Promise<never>;

  /** @param file beside this one. @param setting what the program is told at its start. */
  constructor(file: string, setting: unknown) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    this.process = fork(path, [JSON.stringify(setting)], { execArgv: FLAGS, serialization: 'advanced' });
    this.pid = this.process.pid ?? 0;
    this.gone = new Promise((_resolve, reject) => {
      this.process.once('exit', (code, signal) => {
        reject(new Error(`${file} has ended: ${String(code ?? signal)}`));
      });
    });
    this.gone.catch(() => undefined);
  }

  async ask(question: Question): Promise<Answer> {
    const answered = new Promise<Answer>((resolve) => {
      this.process.once('message', (answer) => {
        resolve(answer as Answer);
      });
    });
    this.process.send(question as object);
    return Promise.race([answered, this.gone]);
  }

  async stop(): Promise<void> {
    if (this.process.connected) this.process.disconnect();
    await this.gone.catch(() => undefined);
  }
}

/** For the program: what it was told at its start. */
export function setting(): unknown {
  return JSON.parse(process.argv[2] ?? '');
}

/** For the program: answers until nobody is there to ask. A question that cannot be answered ends it. */
export function answerQuestions(answer: (question: never) => Promise<unknown>): void {
  process.on('message', (question) => {
    void answer(question as never).then((given) => process.send?.(given));
  });
  process.once('disconnect', () => process.exit());
}

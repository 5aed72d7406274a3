import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The flags with which the service runs (docs/operators/operations.md), so that every compared program has the same. */
const FLAGS = ['--conditions=source', '--max-semi-space-size=32'];

/** A program in a process of its own, so that other work does not disturb its measurements. It responds to one question at a time. */
export class Child<Question, Answer> {
  readonly pid: number;
  private readonly process: ChildProcess;
  private readonly gone: Promise<never>;

  /** @param file a path below bench/outbox. @param setting a value that the program receives at its start. */
  constructor(file: string, setting: unknown) {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
    this.process = fork(path, [JSON.stringify(setting)], { execArgv: FLAGS, serialization: 'advanced' });
    this.pid = this.process.pid ?? 0;
    this.gone = new Promise((_resolve, reject) => {
      this.process.once('exit', (code, signal) => {
        reject(new Error(`${file} has ended (${String(code ?? signal)}).`));
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

/** For the program: the value that it received at its start. */
export function setting(): unknown {
  return JSON.parse(process.argv[2] ?? '');
}

/** For the program: answers questions until the parent disconnects. A question whose answer fails ends the program. */
export function answerQuestions(answer: (question: never) => Promise<unknown>): void {
  process.on('message', (question) => {
    void answer(question as never).then((given) => process.send?.(given));
  });
  process.once('disconnect', () => process.exit());
}

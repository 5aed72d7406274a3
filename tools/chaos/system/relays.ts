import { type ServiceProcess, spawnService } from '../../../tests/support/service-process.ts';
import type { Chance } from '../random-choices.ts';
import { until } from '../wait-until.ts';

/** Milliseconds in which a relay has to be ready. */
const START_MS = 20_000;

/** A place for a relay: a process that may be ended, and another one started in its stead. */
export type Relay = {
  /** What its sessions are called in the database. */
  readonly name: string;
  process: ServiceProcess;
};

/** The relays of one run. */
export class Relays {
  private readonly environment: Record<string, string>;
  private readonly all: Relay[] = [];
  private readonly taken = new Set<Relay>();
  private readonly started: ServiceProcess[] = [];

  /** @param environment of each; DATABASE_URL is given a name for it. */
  constructor(environment: { readonly DATABASE_URL: string } & Record<string, string>) {
    this.environment = environment;
  }

  get count(): number {
    return this.all.length;
  }

  /** Starts so many more. */
  async add(count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, n) => `relay-${this.all.length + n + 1}`);
    this.all.push(...(await Promise.all(names.map(async (name) => ({ name, process: await this.start(name) })))));
  }

  /** Puts another process in the place of one that has ended. */
  async restart(relay: Relay): Promise<void> {
    relay.process = await this.start(relay.name);
  }

  /** One that no other fault of this run has taken. It is kept until it is given back. */
  take(chance: Chance): Relay {
    const relay = chance.pick(this.all.filter((each) => !this.taken.has(each)));
    this.taken.add(relay);
    return relay;
  }

  giveBack(relay: Relay): void {
    this.taken.delete(relay);
  }

  each(): readonly Relay[] {
    return [...this.all];
  }

  /** What all processes printed, in the order of their start. */
  output(): string {
    return this.started.map((process, n) => `--- process ${n + 1}\n${process.output()}`).join('\n');
  }

  /** Ends all of them at once. */
  async kill(): Promise<void> {
    for (const process of this.started) process.kill('SIGKILL');
    await Promise.all(this.started.map(({ exited }) => exited));
  }

  private async start(name: string): Promise<ServiceProcess> {
    const database = new URL(this.environment['DATABASE_URL'] ?? '');
    database.searchParams.set('application_name', name);
    const environment = { ...this.environment, DATABASE_URL: database.href };
    // It ends when there is no database as it starts, and is started again, as whatever runs services does.
    return until(`${name} starts`, START_MS, async () => {
      const process = await spawnService(environment);
      this.started.push(process);
      const ready = until(`${name} is ready`, START_MS, async () =>
        (await fetch(`${process.url}/health/ready`)).ok ? true : undefined,
      );
      // Nobody waits for it any more when the process has ended.
      ready.catch(() => undefined);
      const ended = process.exited.then(() => false);
      return (await Promise.race([ready, ended])) ? process : undefined;
    });
  }
}

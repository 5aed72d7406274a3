import { type ServiceProcess, spawnService } from '../../../tests/support/servers/service-process.ts';
import type { RandomChoices } from '../random-choices.ts';
import { waitUntil } from '../wait-until.ts';

/** Milliseconds within which a relay has to be ready. */
const START_MS = 20_000;

/** A place for one relay. Its process may be ended and replaced by another. */
export type Relay = {
  /** The application name of its database sessions. */
  readonly name: string;
  process: ServiceProcess;
};

/** The relays of one run. */
export class Relays {
  private readonly environment: Record<string, string>;
  private readonly all: Relay[] = [];
  private readonly taken = new Set<Relay>();
  private readonly started: ServiceProcess[] = [];

  /** @param environment the variables of every relay. Each gets its own application name in DATABASE_URL. */
  constructor(environment: { readonly DATABASE_URL: string } & Record<string, string>) {
    this.environment = environment;
  }

  get count(): number {
    return this.all.length;
  }

  /** Starts further relays. */
  async add(count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, n) => `relay-${this.all.length + n + 1}`);
    this.all.push(...(await Promise.all(names.map(async (name) => ({ name, process: await this.start(name) })))));
  }

  /** Starts another process in the place of one that has ended. */
  async restart(relay: Relay): Promise<void> {
    relay.process = await this.start(relay.name);
  }

  /** Reserves a relay that no other fault of this run has reserved. `giveBack` ends the reservation. */
  take(random: RandomChoices): Relay {
    const relay = random.pick(this.all.filter((each) => !this.taken.has(each)));
    this.taken.add(relay);
    return relay;
  }

  giveBack(relay: Relay): void {
    this.taken.delete(relay);
  }

  each(): readonly Relay[] {
    return [...this.all];
  }

  /** The output of all processes, in the order of their start. */
  output(): string {
    return this.started.map((process, n) => `--- process ${n + 1}\n${process.output()}`).join('\n');
  }

  /** Kills all processes with SIGKILL. */
  async kill(): Promise<void> {
    for (const process of this.started) process.kill('SIGKILL');
    await Promise.all(this.started.map(({ exited }) => exited));
  }

  private async start(name: string): Promise<ServiceProcess> {
    const database = new URL(this.environment['DATABASE_URL'] ?? '');
    database.searchParams.set('application_name', name);
    const environment = { ...this.environment, DATABASE_URL: database.href };
    // A relay that finds no database at its start exits. Starting it again is the task of an orchestrator, and here ours.
    return waitUntil(`${name} starts`, START_MS, async () => {
      const process = await spawnService(environment);
      this.started.push(process);
      const ready = waitUntil(`${name} is ready`, START_MS, async () =>
        (await fetch(`${process.url}/health/ready`)).ok ? true : undefined,
      );
      // Marks a rejection as handled: nothing awaits `ready` any more when the process has ended first.
      ready.catch(() => undefined);
      const ended = process.exited.then(() => false);
      return (await Promise.race([ready, ended])) ? process : undefined;
    });
  }
}

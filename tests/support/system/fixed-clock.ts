import { ContainerModule } from 'inversify';
import { Clock } from '#application/ports/system/clock';

/** A clock that moves only when a test advances it. */
export class FixedClock implements Clock {
  private instant: Date;

  constructor(instant: Date) {
    this.instant = instant;
  }

  now(): Date {
    return new Date(this.instant);
  }

  advance(milliseconds: number): void {
    this.instant = new Date(this.instant.getTime() + milliseconds);
  }
}

export function fixedClock(clock: FixedClock): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(Clock).toConstantValue(clock);
  });
}

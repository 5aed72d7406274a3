import { expect } from 'chai';
import type { Logger } from '#application/ports/operations/logger';

export type LoggerHarness = {
  readonly logger: Logger;
  /** The lines so far. Fields that the adapter adds by itself are left out. */
  readonly lines: () => readonly {
    readonly level: string;
    readonly message: string;
    readonly fields: Record<string, unknown>;
  }[];
};

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** The contract of every Logger. */
export function loggerContract(start: () => LoggerHarness): void {
  it('writes each line once, with its level, its fields and its message, in order', () => {
    const { logger, lines } = start();
    for (const level of LEVELS) logger[level]({ answer: 42, nested: { text: 'ż☕' } }, `a ${level} with a\nbreak`);
    expect(lines()).to.deep.equal(
      LEVELS.map((level) => ({
        level,
        message: `a ${level} with a\nbreak`,
        fields: { answer: 42, nested: { text: 'ż☕' } },
      })),
    );
  });

  it('changes no field of its caller', () => {
    const { logger } = start();
    const fields = { token: 'a secret', nested: { token: 'a secret' }, err: new Error('a failure') };
    const before = { ...fields, nested: { ...fields.nested } };
    logger.warn(fields, 'a line');
    expect(fields).to.deep.equal(before);
  });

  it('never fails, whatever the fields are', () => {
    const { logger, lines } = start();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    for (const odd of [circular, 1n, new Error('a failure'), undefined, null, Symbol('odd'), () => undefined, NaN])
      logger.error({ odd }, 'a line');
    logger.error({}, '');
    expect(lines()).to.have.length(9);
  });
}

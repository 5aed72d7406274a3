import { expect } from 'chai';
import {
  IdempotencyKeyInUse,
  IdempotencyKeyReused,
  type IdempotencyKeys,
} from '#application/ports/opportunities/idempotency-keys';
import { TransactionMisused } from '#application/ports/opportunities/unit-of-work';
import { rejection } from '../../support/system/rejection.ts';
import type { TransactionHarness } from './transaction-harness.ts';

/** The contract of every IdempotencyKeys, inside the UnitOfWork that gives it. */
export function idempotencyKeysContract(start: () => Promise<TransactionHarness>): void {
  let harness: TransactionHarness;

  beforeEach(async () => {
    harness = await start();
  });

  const retry = { key: 'key', fingerprint: 'request' };
  const inside = <T>(work: (keys: IdempotencyKeys) => Promise<T>) =>
    harness.unitOfWork.run(({ idempotencyKeys }) => work(idempotencyKeys));
  /** Claims the key and remembers the response, unless the claim returns an earlier one. */
  const use = (
    userId: string,
    { key, fingerprint } = retry,
    response = '{"n":1}',
    meanwhile = async () => undefined as unknown,
  ) =>
    inside(async (keys) => {
      const earlier = await keys.claim(userId, { key, fingerprint });
      if (earlier !== undefined) return earlier;
      await meanwhile();
      await keys.remember(userId, { key, fingerprint }, response);
      return undefined;
    });

  it('gives the response of the first request, exactly as it was', async () => {
    for (const response of [JSON.stringify({ text: 'Ż ☕ "quoted" ?', n: 1 }), '', ' {} ', 'null']) {
      const request = { ...retry, key: `key of ${response}` };
      expect(await use('ada', request, response)).to.equal(undefined);
      expect(await use('ada', request, 'another')).to.equal(response);
      expect(await use('ada', request, 'another')).to.equal(response);
    }
  });

  it('belongs to one user', async () => {
    await use('ada', retry, 'the response to ada');
    expect(await use('bob', retry, 'the response to bob')).to.equal(undefined);
    expect(await use('ada', { ...retry, key: 'another' })).to.equal(undefined);
    expect(await use('ada')).to.equal('the response to ada');
    expect(await use('bob')).to.equal('the response to bob');
    // The two texts together must not be what names a key.
    await use('a', { ...retry, key: 'bc' });
    expect(await use('ab', { ...retry, key: 'c' })).to.equal(undefined);
  });

  it('is refused for a different request', async () => {
    await use('ada');
    const error = await rejection(use('ada', { ...retry, fingerprint: 'another request' }));
    expect(error).to.be.instanceOf(IdempotencyKeyReused);
    expect(await use('ada'), 'the first request').to.equal('{"n":1}');
  });

  it('is stored only when the transaction commits', async () => {
    const failure = new Error('changed my mind');
    expect(await rejection(use('ada', retry, '1', () => Promise.reject(failure)))).to.equal(failure);
    const afterwards = inside(async (keys) => {
      await keys.claim('ada', retry);
      await keys.remember('ada', retry, '1');
      throw failure;
    });
    expect(await rejection(afterwards)).to.equal(failure);
    expect(await use('ada', retry, '2')).to.equal(undefined);
    expect(await use('ada')).to.equal('2');
  });

  it('is free again after a transaction that claimed it and remembered nothing', async () => {
    expect(await inside((keys) => keys.claim('ada', retry))).to.equal(undefined);
    expect(await use('ada', { ...retry, fingerprint: 'another request' })).to.equal(undefined);
  });

  it('is remembered for 24 hours', async () => {
    await use('ada', retry, 'old');
    await harness.age(23);
    expect(await use('ada', retry, 'not stored')).to.equal('old');
    await harness.age(2);
    // A request of another kind may take the key then.
    expect(await use('ada', { ...retry, fingerprint: 'another request' }, 'new')).to.equal(undefined);
    await harness.age(23);
    expect(await use('ada', { ...retry, fingerprint: 'another request' })).to.equal('new');
  });

  it('is held by one transaction: another is refused at once, and gets the response later', async () => {
    const running = Promise.withResolvers<undefined>();
    const gate = Promise.withResolvers<undefined>();
    const first = use('ada', retry, '1', async () => {
      running.resolve(undefined);
      await gate.promise;
    });
    await running.promise;
    expect(await rejection(use('ada'))).to.be.instanceOf(IdempotencyKeyInUse);
    expect(await rejection(use('ada', { ...retry, fingerprint: 'another request' }))).to.be.instanceOf(
      IdempotencyKeyInUse,
    );
    // A refused transaction frees nothing that the first one holds.
    expect(await rejection(use('ada'))).to.be.instanceOf(IdempotencyKeyInUse);
    expect(await use('bob'), 'another user').to.equal(undefined);
    gate.resolve(undefined);
    await first;
    expect(await use('ada')).to.equal('1');
  });

  it('lets one of many simultaneous requests do the work', async () => {
    let done = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => use('ada', retry, '1', async () => void (done += 1))),
    );
    expect(done).to.equal(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).to.be.instanceOf(IdempotencyKeyInUse);
  });

  describe('in one transaction', () => {
    it('can be claimed again, and then gives what was remembered', async () => {
      const claims = await inside(async (keys) => {
        const [first, second] = [await keys.claim('ada', retry), await keys.claim('ada', retry)];
        await keys.remember('ada', retry, '1');
        return [first, second, await keys.claim('ada', retry)];
      });
      expect(claims).to.deep.equal([undefined, undefined, '1']);
      const reused = inside(async (keys) => {
        await keys.claim('ada', retry);
        return keys.claim('ada', { ...retry, fingerprint: 'another request' });
      });
      expect(await rejection(reused)).to.be.instanceOf(IdempotencyKeyReused);
    });

    it('stands beside other keys', async () => {
      const other = { ...retry, key: 'other' };
      const running = Promise.withResolvers<undefined>();
      const gate = Promise.withResolvers<undefined>();
      const both = inside(async (keys) => {
        await keys.claim('ada', retry);
        await keys.claim('ada', other);
        await keys.remember('ada', retry, '1');
        await keys.remember('ada', other, '2');
        running.resolve(undefined);
        await gate.promise;
      });
      await running.promise;
      for (const held of [retry, other])
        expect(await rejection(use('ada', held))).to.be.instanceOf(IdempotencyKeyInUse);
      gate.resolve(undefined);
      await both;
      expect([await use('ada', retry), await use('ada', other)]).to.deep.equal(['1', '2']);
    });

    it('keeps the response that was remembered last', async () => {
      await inside(async (keys) => {
        await keys.claim('ada', retry);
        await keys.remember('ada', retry, '1');
        await keys.remember('ada', retry, '2');
      });
      expect(await use('ada')).to.equal('2');
      await inside(async (keys) => {
        await keys.claim('ada', retry);
        await keys.remember('ada', retry, '3');
      });
      expect(await use('ada')).to.equal('3');
    });

    it('must be claimed for the request before its response is remembered', async () => {
      for (const claim of [
        async () => undefined,
        (keys: IdempotencyKeys) => keys.claim('bob', retry),
        (keys: IdempotencyKeys) => keys.claim('ada', { ...retry, key: 'other' }),
        (keys: IdempotencyKeys) => keys.claim('ada', { ...retry, fingerprint: 'another request' }),
      ]) {
        const error = await rejection(
          inside(async (keys) => {
            await claim(keys);
            await keys.remember('ada', retry, '1');
          }),
        );
        expect(error, String(claim)).to.be.instanceOf(TransactionMisused);
      }
      expect(await use('ada')).to.equal(undefined);
    });
  });
}

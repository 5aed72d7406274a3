import { expect } from 'chai';
import { StorageUnavailable } from '#application/ports/application-error';
import type { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { rejection } from '../../support/system/rejection.ts';

export type SchemaMigrationsHarness = {
  /** Returns the migrations of one more process. All processes have the same storage, which has no schema yet. */
  readonly process: () => SchemaMigrations;
  /** Migrations of a storage that cannot be reached. */
  readonly ofNobody: SchemaMigrations;
};

/** The contract of every SchemaMigrations. */
export function schemaMigrationsContract(start: () => Promise<SchemaMigrationsHarness>): void {
  it('runs what is pending, once, and returns the names in their order', async () => {
    const { process } = await start();
    const [migrations, another] = [process(), process()];
    const pending = await migrations.pending();
    expect(pending).to.not.be.empty;
    expect(pending).to.deep.equal([...pending].sort());
    expect(await migrations.pending(), 'looking runs nothing').to.deep.equal(pending);
    expect(await migrations.run()).to.deep.equal(pending);
    for (const each of [migrations, another]) {
      expect(await each.pending()).to.deep.equal([]);
      expect(await each.run()).to.deep.equal([]);
    }
  });

  it('runs each migration once when several processes start together', async () => {
    const { process } = await start();
    const processes = Array.from({ length: 4 }, () => process());
    const pending = await processes[0]!.pending();
    const applied = await Promise.all(processes.map((each) => each.run()));
    expect(applied.flat()).to.deep.equal(pending);
    expect(applied.filter((names) => names.length > 0)).to.have.length(1);
  });

  it('throws StorageUnavailable while the storage is away', async () => {
    const { ofNobody } = await start();
    expect(await rejection(ofNobody.run())).to.be.instanceOf(StorageUnavailable);
    expect(await rejection(ofNobody.pending())).to.be.instanceOf(StorageUnavailable);
  });
}

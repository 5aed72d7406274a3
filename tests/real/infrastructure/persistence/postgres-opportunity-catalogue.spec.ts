import { expect } from 'chai';
import { StorageUnavailable } from '#application/ports/application-error';
import { visibleTo } from '#domain/opportunities/opportunity-policy';
import { PostgresOpportunityCatalogue } from '#infrastructure/persistence/opportunities/postgres-opportunity-catalogue';
import { createOrm } from '#infrastructure/persistence/orm';
import { aListing } from '../../../support/opportunities/a-listing.ts';
import { someId } from '../../../support/opportunities/an-opportunity.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { useMigratedDatabase } from '../../../support/servers/migrated-database.ts';

describe('PostgresOpportunityCatalogue', () => {
  const database = useMigratedDatabase();

  it('rejects with StorageUnavailable when no server listens', async () => {
    const nowhere = createOrm({ ...database.settings, url: 'postgresql://nobody@127.0.0.1:1/test' }, database.logger);
    const catalogue = new PostgresOpportunityCatalogue(nowhere);
    const visibility = visibleTo({ id: 'nobody', role: 'user' });
    expect(await rejection(catalogue.find(someId(), visibility))).to.be.instanceOf(StorageUnavailable);
    expect(await rejection(catalogue.list(visibility, aListing()))).to.be.instanceOf(StorageUnavailable);
    await nowhere.close();
  });
});

import type { MikroORM } from '@mikro-orm/postgresql';
import type { OpportunityCatalogue } from '#application/ports/opportunity-catalogue';
import { Opportunity } from '#domain/opportunity/opportunity';
import type { Visibility } from '#domain/opportunity/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunity/opportunity-status';
import { storageError } from './storage-error.ts';

export class MikroOrmOpportunityCatalogue implements OpportunityCatalogue {
  private readonly orm: MikroORM;

  constructor(orm: MikroORM) {
    this.orm = orm;
  }

  async find(id: string, { statuses, ownerId, ownStatuses }: Visibility): Promise<Opportunity | undefined> {
    const visible = {
      $or: [{ status: { $in: [...statuses] } }, { ownerId, status: { $in: [...ownStatuses] } }],
    };
    try {
      return (await this.orm.em.fork().findOne(Opportunity, { id, ...visible })) ?? undefined;
    } catch (error) {
      throw storageError(error);
    }
  }

  async ownedBy(
    ownerId: string,
    statuses: readonly OpportunityStatus[],
    { limit, after }: { limit: number; after?: string },
  ): Promise<Opportunity[]> {
    const where = { ownerId, status: { $in: [...statuses] }, ...(after && { id: { $lt: after } }) };
    try {
      return await this.orm.em.fork().find(Opportunity, where, { orderBy: { id: 'desc' }, limit });
    } catch (error) {
      throw storageError(error);
    }
  }
}

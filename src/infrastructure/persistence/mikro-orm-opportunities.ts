import { type EntityManager, OptimisticLockError } from '@mikro-orm/postgresql';
import { ConcurrentChange, type Opportunities } from '#application/ports/opportunities';
import { Opportunity } from '#domain/opportunity/opportunity';

/** Every write is flushed at once, so that its error has a name and the outbox row that follows comes last. */
export class MikroOrmOpportunities implements Opportunities {
  private readonly em: EntityManager;

  constructor(em: EntityManager) {
    this.em = em;
  }

  async add(opportunity: Opportunity): Promise<void> {
    await this.em.persist(opportunity).flush();
  }

  async get(id: string): Promise<Opportunity | undefined> {
    return (await this.em.findOne(Opportunity, { id })) ?? undefined;
  }

  async save(opportunity: Opportunity): Promise<void> {
    try {
      await this.em.persist(opportunity).flush();
    } catch (error) {
      throw error instanceof OptimisticLockError ? new ConcurrentChange({ cause: error }) : error;
    }
  }
}

import { type EntityManager, type EntityMetadata, type MikroORM, ReferenceKind } from '@mikro-orm/postgresql';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import { OpportunitySchema } from './opportunity.schema.ts';

/** A row as node-postgres gives it. */
export type OpportunityRow = Record<string, unknown>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether PostgreSQL can compare the text with an id. PostgreSQL fails when it reads any other text as a UUID. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * Converts opportunities to rows and back, as OpportunitySchema maps their state. It uses the functions that MikroORM
 * compiles from the schema, without MikroORM's unit of work, which takes longer than the database (docs/decisions/0019).
 */
export class OpportunityRows {
  readonly select: string;
  readonly insert: string;
  /** The UPDATE statement. Its parameters are valuesOf() and then the version that the row must have. */
  readonly update: string;
  private readonly orm: MikroORM;
  private readonly metadata: EntityMetadata<OpportunityState>;
  private readonly properties: readonly string[];
  /** An entity manager that only provides the compiled functions. It never manages an entity. */
  private readonly em: EntityManager;

  constructor(orm: MikroORM) {
    this.orm = orm;
    this.em = orm.em.fork();
    this.metadata = orm.getMetadata(OpportunitySchema) as unknown as EntityMetadata<OpportunityState>;
    // An embedded object has no column of its own. Its properties have columns.
    const stored = this.metadata.props.filter(({ kind }) => kind !== ReferenceKind.EMBEDDED);
    this.properties = stored.map(({ name }) => name);
    const names = stored.flatMap(({ fieldNames }) => fieldNames);
    const columns = names.join(', ');
    const parameters = names.map((_name, index) => `$${index + 1}`).join(', ');
    this.select = `SELECT ${columns} FROM opportunity`;
    this.insert = `INSERT INTO opportunity (${columns}) VALUES (${parameters})`;
    // The id is the first column, so its parameter is $1.
    this.update = `UPDATE opportunity SET (${columns}) = (${parameters}) WHERE id = $1 AND version = $${names.length + 1}`;
  }

  /** Returns the parameters of a statement for an opportunity. */
  valuesOf(opportunity: Opportunity): unknown[] {
    const values = this.em.getComparator().getSnapshotGenerator(this.metadata.class)(opportunity.state);
    return this.properties.map((property) => Reflect.get(values, property) as unknown);
  }

  opportunityOf(row: OpportunityRow): Opportunity {
    const values = this.em.getComparator().mapResult(this.metadata, row);
    const state = {} as OpportunityState;
    const hydrator = this.orm.config.getHydrator(this.orm.getMetadata());
    hydrator.hydrate(state, this.metadata, values, this.em.getEntityFactory(), 'full', false, true);
    return Opportunity.fromState(state);
  }
}

import { type EntityManager, type EntityMetadata, type MikroORM, ReferenceKind } from '@mikro-orm/postgresql';
import { Opportunity } from '#domain/opportunities/opportunity';

/** A row as node-postgres gives it. */
export type OpportunityRow = Record<string, unknown>;

/**
 * Opportunities to rows and back, as OpportunitySchema maps them: by the functions that MikroORM compiles from it, without
 * the unit of work around them, which takes longer than the database does (docs/decisions/0019).
 */
export class OpportunityRows {
  readonly select: string;
  readonly insert: string;
  /** Its last parameter, after valuesOf(), is the version that the row must have. */
  readonly update: string;
  private readonly orm: MikroORM;
  private readonly metadata: EntityMetadata<Opportunity>;
  private readonly properties: readonly string[];
  /** Knows no entities and never will. */
  private readonly em: EntityManager;

  constructor(orm: MikroORM) {
    this.orm = orm;
    this.em = orm.em.fork();
    this.metadata = orm.getMetadata(Opportunity);
    // An embedded object is no column; its properties are.
    const stored = this.metadata.props.filter(({ kind }) => kind !== ReferenceKind.EMBEDDED);
    this.properties = stored.map(({ name }) => name);
    const names = stored.flatMap(({ fieldNames }) => fieldNames);
    const columns = names.join(', ');
    const parameters = names.map((_name, index) => `$${index + 1}`).join(', ');
    this.select = `SELECT ${columns} FROM opportunity`;
    this.insert = `INSERT INTO opportunity (${columns}) VALUES (${parameters})`;
    // The id comes first.
    this.update = `UPDATE opportunity SET (${columns}) = (${parameters}) WHERE id = $1 AND version = $${names.length + 1}`;
  }

  /** The parameters of a statement. */
  valuesOf(opportunity: Opportunity): unknown[] {
    const values = this.em.getComparator().prepareEntity(opportunity);
    return this.properties.map((property) => Reflect.get(values, property) as unknown);
  }

  opportunityOf(row: OpportunityRow): Opportunity {
    const values = this.em.getComparator().mapResult(this.metadata, row);
    const opportunity = Object.create(Opportunity.prototype) as Opportunity;
    const hydrator = this.orm.config.getHydrator(this.orm.getMetadata());
    hydrator.hydrate(opportunity, this.metadata, values, this.em.getEntityFactory(), 'full', false, true);
    return opportunity;
  }
}

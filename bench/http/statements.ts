/** The statements of the hand-written program, which do the same work as the service's statements. */

export const OPPORTUNITY_COLUMNS = [
  ...['id', 'owner_id', 'status', 'close_reason', 'removed_from', 'removal_reason', 'version', 'created_at'],
  ...['updated_at', 'published_at', 'closed_at', 'deleted_at', 'type', 'title', 'summary', 'description'],
  ...['organization_name', 'organization_url', 'work_mode', 'location', 'compensation', 'commitment', 'opens_at'],
  ...['deadline_at', 'starts_at', 'ends_at', 'time_zone', 'openings', 'eligibility', 'apply_url', 'apply_email'],
  ...['tags', 'languages'],
];
export const EVENT_COLUMNS = ['bucket', 'id', 'key', 'headers', 'payload'];

export const INSERT_OPPORTUNITY = insert('opportunity', OPPORTUNITY_COLUMNS);
export const INSERT_EVENT = insert('outbox', EVENT_COLUMNS);

export const SELECT_ONE = /* sql */ `
  SELECT ${OPPORTUNITY_COLUMNS.join(', ')} FROM opportunity
  WHERE id = $1
    AND (status IN ('published', 'closed') OR owner_id = $2 AND status IN ('draft', 'published', 'closed', 'removed'))
  LIMIT 1`;

/** Selects the newest rows through the index, with only the columns that a list shows. */
export const SELECT_PAGE = /* sql */ `
  SELECT id, owner_id, type, title, summary, organization_name, work_mode, location, compensation, commitment,
    deadline_at, starts_at, tags, status, version, updated_at, published_at, opens_at
  FROM opportunity
  WHERE status = 'published'
  ORDER BY coalesce(published_at, '-infinity') DESC, id DESC
  LIMIT $1`;

function insert(table: string, columns: readonly string[]): string {
  const values = columns.map((_column, index) => `$${index + 1}`);
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')})`;
}

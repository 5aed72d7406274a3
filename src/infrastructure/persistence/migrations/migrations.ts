import { CreateOpportunityTable } from './0001-create-opportunity-table.ts';
import { CreateOutboxTable } from './0002-create-outbox-table.ts';
import { AddModerationColumns } from './0003-add-moderation-columns.ts';
import { CreateIdempotencyKeyTable } from './0004-create-idempotency-key-table.ts';
import { AddListIndexes } from './0005-add-list-indexes.ts';
import { AddChangedIn } from './0006-add-changed-in.ts';
import { CreateRateLimitTable } from './0007-create-rate-limit-table.ts';
import { CreateTokenRevocationTable } from './0008-create-token-revocation-table.ts';
import { CreateOutboxCompanions } from './0009-create-outbox-companions.ts';
import { MarkFreedKeys } from './0011-mark-freed-keys.ts';
import { VacuumPublishedEventsSooner } from './0010-vacuum-published-events-sooner.ts';

/** All migrations, in the order in which they run. */
export const MIGRATIONS = [
  { name: '0001-create-opportunity-table', class: CreateOpportunityTable },
  { name: '0002-create-outbox-table', class: CreateOutboxTable },
  { name: '0003-add-moderation-columns', class: AddModerationColumns },
  { name: '0004-create-idempotency-key-table', class: CreateIdempotencyKeyTable },
  { name: '0005-add-list-indexes', class: AddListIndexes },
  { name: '0006-add-changed-in', class: AddChangedIn },
  { name: '0007-create-rate-limit-table', class: CreateRateLimitTable },
  { name: '0008-create-token-revocation-table', class: CreateTokenRevocationTable },
  { name: '0009-create-outbox-companions', class: CreateOutboxCompanions },
  { name: '0010-vacuum-published-events-sooner', class: VacuumPublishedEventsSooner },
  { name: '0011-mark-freed-keys', class: MarkFreedKeys },
];

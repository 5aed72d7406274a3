import { Migration } from '@mikro-orm/migrations';

export class AddModerationColumns extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      ALTER TABLE opportunity
        ADD COLUMN removed_from   text,
        ADD COLUMN removal_reason text,
        ADD COLUMN deleted_at     timestamptz,
        DROP CONSTRAINT opportunity_status_check,
        ADD CONSTRAINT opportunity_status_check
          CHECK (status IN ('draft', 'published', 'closed', 'removed', 'deleted')),
        ADD CONSTRAINT opportunity_removal_check
          CHECK ((status = 'removed') = (removed_from IS NOT NULL AND removal_reason IS NOT NULL)),
        ADD CONSTRAINT opportunity_deletion_check
          CHECK ((status = 'deleted') = (deleted_at IS NOT NULL))`);
  }
}

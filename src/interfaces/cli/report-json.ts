import type { Report, Status } from './report.ts';

/** The documented shape; a field that is not there in a check is null, or empty. */
export function reportJson({ checks, checklist }: Report, isFailed: boolean): string {
  const count = (status: Status) => checks.filter((check) => check.status === status).length;
  return `${JSON.stringify(
    {
      version: 1,
      failed: isFailed,
      counts: {
        ok: count('ok'),
        warning: count('warning'),
        failure: count('failure'),
        skipped: count('skipped'),
      },
      checks: checks.map(({ id, status, says, fix, reasons = [] }) => ({
        id,
        status,
        says,
        fix: fix ?? null,
        reasons,
      })),
      checklist,
    },
    null,
    2,
  )}\n`;
}

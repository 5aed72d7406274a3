import type { RetainedEvents, TimeSpan } from '#application/ports/retained-events';
import { CannotBeDone } from './outbox-command.ts';
import { instant } from './outbox-words.ts';

/** What a command about retained events needs to know besides. */
export type Retention = { readonly retained: RetainedEvents; readonly hours: number };

/**
 * @returns what to say when the beginning of the time span is not there any more.
 * @throws CannotBeDone when nothing of it can be there.
 */
export async function lookForRetained({ retained, hours }: Retention, span: TimeSpan): Promise<string | undefined> {
  const extent = await retained.extent();
  if (!extent)
    throw new CannotBeDone(
      hours === 0
        ? 'nothing is retained: OUTBOX_RETENTION_HOURS is 0. With more, what is published from then on is kept'
        : 'nothing is retained: nothing was published yet, or not for a long time',
    );
  if (span.to !== undefined && Date.parse(span.to) <= extent.from.getTime())
    throw new CannotBeDone(
      `nothing of that time is retained: the oldest event was published at ${instant(extent.from)}`,
    );
  const from = Date.parse(span.from);
  const removed = from < extent.from.getTime() && from < Date.now() - hours * 3_600_000;
  return removed ? `what was published before ${instant(extent.from)} is not retained any more` : undefined;
}

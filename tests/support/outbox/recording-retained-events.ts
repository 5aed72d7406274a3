import type { EventReplay, Selection } from '#application/ports/outbox/event-replay';
import type { RetainedEvents } from '#application/ports/outbox/retained-events';

/** Retained events in memory that record the selections, slices and marks of a replay. */
export class RecordingRetainedEvents implements RetainedEvents, EventReplay {
  /** The selections of count() and choose(), in this order. */
  readonly selections: Selection[] = [];
  readonly slices: number[] = [];
  readonly marks = new Set<string>();
  /** Results of waiting(), the next one first; 0 when there is none left. */
  readonly waits: number[] = [];
  /** Events that are not replayed yet. */
  left: number;
  /** Events that retention removes before their turn. */
  removed = 0;
  extentOf: { from: Date; to: Date } | undefined;
  beforeSlice: () => void = () => undefined;
  private readonly events: number;

  constructor(events: number, extent?: { from: Date; to: Date }) {
    this.events = events;
    this.left = events;
    this.extentOf = extent;
  }

  async extent() {
    return this.extentOf;
  }

  async count(selection: Selection) {
    this.selections.push(selection);
    return { events: this.events, keys: Math.min(this.events, 3) };
  }

  async *read() {
    yield* [];
  }

  async choose(selection: Selection) {
    this.selections.push(selection);
  }

  async replayNext(atMost: number, at: string) {
    this.beforeSlice();
    const next = Math.min(atMost, this.left);
    this.left -= next;
    this.slices.push(next);
    this.marks.add(at);
    const removed = Math.min(this.removed, next);
    this.removed -= removed;
    return { next, replayed: next - removed };
  }

  async restFrom() {
    return this.left === 0 ? undefined : '2026-11-26T11:30:00.000001Z';
  }

  async waiting() {
    return this.waits.shift() ?? 0;
  }
}

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { OutboxBacklog } from '#application/ports/operations/health';
import {
  type AnsweredRequest,
  AUTHENTICATION_FAILURES,
  type AuthenticationFailure,
  type Metrics,
  type MetricsReport,
} from '#application/ports/operations/metrics';

/** Seconds. Most answers take one to five milliseconds; a statement is cancelled after three seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Node's parser takes three dozen methods. Those that nothing answers are one, so that nobody can add time series. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * What Prometheus scrapes. Names of ours begin with opportunities_; those of Node and of the process are the usual ones,
 * which ready-made dashboards know.
 */
export class PrometheusMetrics implements Metrics {
  private readonly registry = new Registry();
  private readonly own = { registers: [this.registry] };
  private readonly requests = new Histogram({
    ...this.own,
    name: 'opportunities_http_request_duration_seconds',
    help: 'How long requests took, by method, pattern of the path and class of the status.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
  });
  private readonly authentication = new Counter({
    ...this.own,
    name: 'opportunities_auth_failures_total',
    help: 'Requests that were not authenticated, by the code of the refusal.',
    labelNames: ['reason'],
  });
  private readonly published = new Counter({
    ...this.own,
    name: 'opportunities_events_published_total',
    help: 'Events that this process has moved from the outbox to Kafka.',
  });
  private readonly failures = new Counter({
    ...this.own,
    name: 'opportunities_relay_failures_total',
    help: 'How often the relay of this process could not go on.',
  });
  private readonly partitions = new Gauge({
    ...this.own,
    name: 'opportunities_topic_partitions',
    help: 'Partitions of the topic of the events, as this process has last seen them. Missing where it does not look.',
  });
  private readonly waiting = new Gauge({
    ...this.own,
    name: 'opportunities_outbox_waiting_events',
    help: 'Events in the outbox, of all processes; counted up to 10,000. Missing while the database does not tell.',
  });
  private readonly oldest = new Gauge({
    ...this.own,
    name: 'opportunities_outbox_oldest_event_age_seconds',
    help: 'How long the oldest event in the outbox has waited; 0 when none waits.',
  });
  private readonly parkedKeys = new Gauge({
    ...this.own,
    name: 'opportunities_outbox_parked_keys',
    help: 'Keys that wait behind an event that Kafka refused; counted up to 10,000. Missing while the database does not tell.',
  });
  private watchesTheProcess = false;

  constructor() {
    // A rate needs a zero to begin with: the first failure of a kind would otherwise not be seen.
    for (const reason of AUTHENTICATION_FAILURES) this.authentication.inc({ reason }, 0);
    // A topic without partitions there is none: nobody has looked yet.
    this.partitions.remove();
  }

  requestAnswered({ method, route, status, seconds }: AnsweredRequest): void {
    const known = METHODS.includes(method) ? method : 'other';
    this.requests.observe({ method: known, route, status: `${Math.floor(status / 100)}xx` }, seconds);
  }

  authenticationFailed(reason: AuthenticationFailure): void {
    this.authentication.inc({ reason });
  }

  eventsPublished(count: number): void {
    this.published.inc(count);
  }

  relayFailed(): void {
    this.failures.inc();
  }

  topicHasPartitions(count: number): void {
    this.partitions.set(count);
  }

  async report(backlog: OutboxBacklog | undefined): Promise<MetricsReport> {
    this.watchTheProcess();
    if (backlog) {
      this.waiting.set(backlog.waiting);
      this.oldest.set(backlog.oldestSeconds);
      this.parkedKeys.set(backlog.parkedKeys);
    } else {
      // reset() would say that nothing waits.
      this.waiting.remove();
      this.oldest.remove();
      this.parkedKeys.remove();
    }
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  /** From the first report on: it has the event loop and the garbage collector observed, for as long as the process runs. */
  private watchTheProcess(): void {
    if (this.watchesTheProcess) return;
    this.watchesTheProcess = true;
    collectDefaultMetrics({ register: this.registry });
  }
}

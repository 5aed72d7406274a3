import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { OutboxBacklog } from '#application/ports/operations/health';
import {
  type AnsweredRequest,
  AUTHENTICATION_FAILURES,
  type AuthenticationFailure,
  type Metrics,
  type MetricsReport,
} from '#application/ports/operations/metrics';

/** Limits of the histogram in seconds. Most responses take 1 to 5 ms, and a statement is cancelled after 3 s. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** All other methods are counted as one. Node's parser accepts three dozen, and clients must not be able to add time series. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * The metrics for Prometheus. The service's own names begin with opportunities_. The metrics of Node and of the process have
 * the names of prom-client, which ready-made dashboards know.
 */
export class PrometheusMetrics implements Metrics {
  private readonly registry = new Registry();
  private readonly own = { registers: [this.registry] };
  private readonly requests = new Histogram({
    ...this.own,
    name: 'opportunities_http_request_duration_seconds',
    help: 'Duration of requests in seconds, by method, route and class of the status code.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
  });
  private readonly authentication = new Counter({
    ...this.own,
    name: 'opportunities_auth_failures_total',
    help: 'Failed authentications, by the code of the problem.',
    labelNames: ['reason'],
  });
  private readonly published = new Counter({
    ...this.own,
    name: 'opportunities_events_published_total',
    help: 'Events that this process has published and removed from the outbox.',
  });
  private readonly failures = new Counter({
    ...this.own,
    name: 'opportunities_relay_failures_total',
    help: 'Failed attempts of the relay in this process. The relay tries again after each.',
  });
  private readonly partitions = new Gauge({
    ...this.own,
    name: 'opportunities_topic_partitions',
    help: 'Partitions of the topic of the events, as this process last saw them. Missing in a process that does not check.',
  });
  private readonly waiting = new Gauge({
    ...this.own,
    name: 'opportunities_outbox_waiting_events',
    help: 'Events of all processes that wait in the outbox, counted up to 10,000. Missing while the database is unavailable.',
  });
  private readonly oldest = new Gauge({
    ...this.own,
    name: 'opportunities_outbox_oldest_event_age_seconds',
    help: 'Age of the oldest event that waits in the outbox, in seconds; 0 when no event waits.',
  });
  private readonly parkedKeys = new Gauge({
    ...this.own,
    name: 'opportunities_outbox_parked_keys',
    help: 'Parked keys, whose events wait behind an event that Kafka refused, counted up to 10,000. Missing while the database is unavailable.',
  });
  private watchesTheProcess = false;

  constructor() {
    // Prometheus can only compute a rate from a series that exists, so each reason starts at 0.
    for (const reason of AUTHENTICATION_FAILURES) this.authentication.inc({ reason }, 0);
    // A new gauge reports 0, but no topic has 0 partitions. The series is missing until the number is known.
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

  topicHasShards(count: number): void {
    this.partitions.set(count);
  }

  async report(backlog: OutboxBacklog | undefined): Promise<MetricsReport> {
    this.watchTheProcess();
    if (backlog) {
      this.waiting.set(backlog.waiting);
      this.oldest.set(backlog.oldestSeconds);
      this.parkedKeys.set(backlog.parkedKeys);
    } else {
      // reset() would report 0, as if no event waited.
      this.waiting.remove();
      this.oldest.remove();
      this.parkedKeys.remove();
    }
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  /** Starts with the first report, because prom-client observes the event loop and the garbage collector from then on. */
  private watchTheProcess(): void {
    if (this.watchesTheProcess) return;
    this.watchesTheProcess = true;
    collectDefaultMetrics({ register: this.registry });
  }
}

import { ContainerModule } from 'inversify';
import type { OutboxBacklog } from '#application/ports/operations/health';
import {
  type AnsweredRequest,
  type AuthenticationFailure,
  Metrics,
  type MetricsReport,
} from '#application/ports/operations/metrics';

/** Remembers the counts for a test. */
export class RecordingMetrics implements Metrics {
  readonly requests: AnsweredRequest[] = [];
  readonly failures: AuthenticationFailure[] = [];
  published = 0;
  relayFailures = 0;
  partitions: number | undefined;

  requestAnswered(request: AnsweredRequest): void {
    this.requests.push(request);
  }

  authenticationFailed(reason: AuthenticationFailure): void {
    this.failures.push(reason);
  }

  eventsPublished(count: number): void {
    this.published += count;
  }

  relayFailed(): void {
    this.relayFailures += 1;
  }

  topicHasShards(count: number): void {
    this.partitions = count;
  }

  async report(backlog: OutboxBacklog | undefined): Promise<MetricsReport> {
    return { contentType: 'text/plain; charset=utf-8', text: `${JSON.stringify([this, backlog])}\n` };
  }
}

export function recordingMetrics(metrics: RecordingMetrics): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(Metrics).toConstantValue(metrics);
  });
}

import { expect } from 'chai';
import type { OutboxBacklog } from '#application/ports/operations/health';
import { AUTHENTICATION_FAILURES } from '#application/ports/operations/metrics';
import { PrometheusMetrics } from '#infrastructure/system/prometheus-metrics';

describe('PrometheusMetrics', () => {
  let metrics: PrometheusMetrics;

  beforeEach(() => {
    metrics = new PrometheusMetrics();
  });

  /** The samples whose name begins like this. */
  const lines = async (name: string, backlog?: OutboxBacklog): Promise<string[]> =>
    (await metrics.report(backlog)).text.split('\n').filter((line) => line.startsWith(name));

  it('reports in the text format of Prometheus', async () => {
    const { contentType, text } = await metrics.report({ waiting: 0, oldestSeconds: 0, parkedKeys: 0 });
    expect(contentType).to.equal('text/plain; version=0.0.4; charset=utf-8');
    const sample = /^[a-z0-9_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? \S+$/;
    expect(
      text.split('\n').filter((line) => line !== '' && !line.startsWith('# ') && !sample.test(line)),
    ).to.deep.equal([]);
  });

  it('reports every reason for a failed authentication from the start', async () => {
    const zeros = AUTHENTICATION_FAILURES.map((reason) => `opportunities_auth_failures_total{reason="${reason}"} 0`);
    expect(await lines('opportunities_auth_failures_total')).to.deep.equal(zeros);
    metrics.authenticationFailed('token_expired');
    metrics.authenticationFailed('token_expired');
    expect(await lines('opportunities_auth_failures_total')).to.include(
      'opportunities_auth_failures_total{reason="token_expired"} 2',
    );
  });

  it('measures requests by method, route and class of the status', async () => {
    metrics.requestAnswered({ method: 'GET', route: '/a/:id', status: 200, seconds: 0.003 });
    metrics.requestAnswered({ method: 'GET', route: '/a/:id', status: 204, seconds: 0.3 });
    metrics.requestAnswered({ method: 'GET', route: '/a/:id', status: 404, seconds: 0.001 });
    const found = await lines('opportunities_http_request_duration_seconds');
    const ok = 'method="GET",route="/a/:id",status="2xx"';
    expect(found).to.include.members([
      `opportunities_http_request_duration_seconds_bucket{le="0.0025",${ok}} 0`,
      `opportunities_http_request_duration_seconds_bucket{le="0.005",${ok}} 1`,
      `opportunities_http_request_duration_seconds_bucket{le="+Inf",${ok}} 2`,
      `opportunities_http_request_duration_seconds_sum{${ok}} 0.303`,
      `opportunities_http_request_duration_seconds_count{${ok}} 2`,
      'opportunities_http_request_duration_seconds_count{method="GET",route="/a/:id",status="4xx"} 1',
    ]);
  });

  it('counts all unsupported methods as one', async () => {
    for (const method of ['PROPFIND', 'REPORT', 'MKCALENDAR', 'M-SEARCH'])
      metrics.requestAnswered({ method, route: 'none', status: 501, seconds: 0.001 });
    expect(await lines('opportunities_http_request_duration_seconds_count')).to.deep.equal([
      'opportunities_http_request_duration_seconds_count{method="other",route="none",status="5xx"} 4',
    ]);
  });

  it('counts published events and failed attempts of the relay', async () => {
    metrics.eventsPublished(500);
    metrics.eventsPublished(0);
    metrics.eventsPublished(20);
    metrics.relayFailed();
    expect(await lines('opportunities_events_published_total')).to.deep.equal([
      'opportunities_events_published_total 520',
    ]);
    expect(await lines('opportunities_relay_failures_total')).to.deep.equal(['opportunities_relay_failures_total 1']);
  });

  it('reports the number of partitions as soon as it is known', async () => {
    expect(await lines('opportunities_topic_partitions')).to.deep.equal([]);
    metrics.topicHasShards(6);
    metrics.topicHasShards(12);
    expect(await lines('opportunities_topic_partitions')).to.deep.equal(['opportunities_topic_partitions 12']);
  });

  it('reports the backlog of the outbox, and leaves it out when it is unknown', async () => {
    const full = await lines('opportunities_outbox_', { waiting: 7, oldestSeconds: 1.5, parkedKeys: 3 });
    expect(full).to.deep.equal([
      'opportunities_outbox_waiting_events 7',
      'opportunities_outbox_oldest_event_age_seconds 1.5',
      'opportunities_outbox_parked_keys 3',
    ]);
    expect(await lines('opportunities_outbox_')).to.deep.equal([]);
    expect(await lines('opportunities_outbox_', { waiting: 0, oldestSeconds: 0, parkedKeys: 0 })).to.deep.equal([
      'opportunities_outbox_waiting_events 0',
      'opportunities_outbox_oldest_event_age_seconds 0',
      'opportunities_outbox_parked_keys 0',
    ]);
  });

  it('reports the process under the usual names', async () => {
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(await lines(name), name).to.have.length(1);
  });
});

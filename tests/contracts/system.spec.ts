import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { PrometheusMetrics } from '#infrastructure/system/prometheus-metrics';
import { SystemClock } from '#infrastructure/system/system-clock';
import { UuidV7Generator } from '#infrastructure/system/uuid-v7-generator';
import {
  clockContract,
  idGeneratorContract,
  metricsContract,
  relayWakeUpContract,
  requestScopeContract,
} from './system.contract.ts';

describe('SystemClock', () => {
  clockContract(() => new SystemClock());
});

describe('UuidV7Generator', () => {
  idGeneratorContract(() => new UuidV7Generator());
});

describe('PrometheusMetrics', () => {
  metricsContract(() => new PrometheusMetrics());
});

describe('InProcessRelayWakeUp', () => {
  relayWakeUpContract(() => new InProcessRelayWakeUp());
});

describe('AsyncLocalRequestScope', () => {
  requestScopeContract(() => new AsyncLocalRequestScope());
});

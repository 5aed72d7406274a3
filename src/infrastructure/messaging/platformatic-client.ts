import { isIP } from 'node:net';
import type { BaseOptions, Producer, SASLMechanismValue } from '@platformatic/kafka';
import type { KafkaSettings } from './kafka-client.ts';

/** The root cause of the last attempt. The client wraps it in errors that count the attempts. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors.at(-1));
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}

/**
 * When a connection breaks during the login, version 2.12.1 of @platformatic/kafka reports it twice. The second report
 * would end the process if it had no listener.
 */
export function toleratesLogins({ connections }: Pick<Producer, 'connections'>): void {
  connections.on('connecting', ({ connection }) => {
    connection.on('error', () => undefined);
  });
}

/** A call retries only a few times, as with kafkajs: the relay itself tries again until it succeeds. */
export function connectionOptions({ brokers, ssl, tls, sasl }: KafkaSettings): BaseOptions {
  return {
    clientId: 'opportunities',
    bootstrapBrokers: [...brokers],
    connectTimeout: 3000,
    requestTimeout: 5000,
    // Milliseconds that the broker may wait for its replicas.
    timeout: 5000,
    // An idempotent producer of this client retries without end when this number is 0 or 1.
    retries: 2,
    retryDelay: 100,
    // An address cannot be a server name (RFC 6066 §3).
    ...(ssl && { tls: { ...tls }, tlsServerName: brokers.every((broker) => isIP(broker.replace(/:\d+$/, '')) === 0) }),
    ...(sasl && {
      sasl: { ...sasl, mechanism: sasl.mechanism.toUpperCase() as SASLMechanismValue },
    }),
  };
}

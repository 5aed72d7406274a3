import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { type ISocketFactoryArgs, Kafka, type SASLOptions } from 'kafkajs';
import type { Logger } from '#application/ports/operations/logger';

export type KafkaSettings = {
  /** The client that publishes the events. kafkajs does everything else. */
  readonly client: 'kafkajs' | 'platformatic';
  /** Each broker as host:port. */
  readonly brokers: readonly string[];
  readonly topic: string;
  /** The topic on which the token issuer publishes user events; undefined when there is no such topic. */
  readonly userEventsTopic: string | undefined;
  readonly ssl: boolean;
  /** PEM texts: the authorities to trust in place of Node's own, and the service's certificate with its key. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl: SASLOptions | undefined;
};

/**
 * Retries are bounded, because kafkajs could otherwise retry for so long inside a call that its caller learns of no
 * failure. The relay itself tries again for as long as it takes.
 */
const RETRY = { retries: 2, initialRetryTime: 50, maxRetryTime: 500 };

export function createKafka({ brokers, ssl, tls, sasl }: KafkaSettings, logger: Logger): Kafka {
  dropNegativeTimeoutWarnings();
  return new Kafka({
    clientId: 'opportunities',
    brokers: [...brokers],
    ssl: ssl && { ...tls },
    ...(sasl && { sasl }),
    connectionTimeout: 3000,
    requestTimeout: 5000,
    retry: RETRY,
    socketFactory,
    // An outage fills the log of kafkajs with repeated lines. The relay reports an outage once, so the lines of kafkajs
    // are logged only for debugging.
    logCreator:
      () =>
      ({ namespace, log: { message, ...fields } }) => {
        logger.debug({ namespace, ...fields, timestamp: undefined, logger: undefined }, `kafkajs: ${message}`);
      },
  });
}

type SocketArguments = Omit<ISocketFactoryArgs, 'ssl'> & {
  /** Absent on plain connections, although the types of kafkajs say otherwise. */
  ssl?: ConnectionOptions | undefined;
};

/** Does what the factory of kafkajs does, without Nagle's delay. */
function socketFactory({ host, port, ssl, onConnect }: SocketArguments) {
  const socket = ssl
    ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
    : connectTcp({ host, port }, onConnect);
  return socket.setKeepAlive(true, 60_000).setNoDelay(true);
}

let dropped = false;

/** kafkajs 2.2.4 sets timers in the past. That is harmless, but Node 24 warns about it (kafkajs issue 1751). */
function dropNegativeTimeoutWarnings(): void {
  if (dropped) return;
  dropped = true;
  const emitWarning = process.emitWarning.bind(undefined) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    if (args[1] !== 'TimeoutNegativeWarning') emitWarning(...args);
  };
}

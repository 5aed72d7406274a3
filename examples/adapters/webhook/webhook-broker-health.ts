import type { BrokerHealth, BrokerState } from '#application/ports/operations/health';
import type { WebhookSettings } from './webhook-event-publisher.ts';

/** Milliseconds to wait for the receiver. A probe of the platform must not wait longer. */
const TIMEOUT_MS = 1000;

/**
 * Tells whether the receiver of the webhook responds. A refusal of the HEAD request, such as 401 or 405, is a response, too.
 */
export class WebhookBrokerHealth implements BrokerHealth {
  private readonly settings: WebhookSettings;

  constructor(settings: WebhookSettings) {
    this.settings = settings;
  }

  async state(): Promise<BrokerState> {
    const status = await fetch(this.settings.url, { method: 'HEAD', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
      (response) => response.status,
      () => undefined,
    );
    return status !== undefined && status < 500 ? 'up' : 'down';
  }

  /** A webhook is not divided: messages of all keys go to one receiver. */
  async shards(): Promise<number | undefined> {
    return (await this.state()) === 'up' ? 1 : undefined;
  }
}

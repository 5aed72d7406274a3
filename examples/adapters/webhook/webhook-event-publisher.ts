import type { Message } from '#application/messages/message';
import { BrokerUnavailable, type EventPublisher, MessagesRefused } from '#application/ports/outbox/event-publisher';

export type WebhookSettings = {
  readonly url: string;
  /** The token that the receiver expects in the Authorization header; undefined for a receiver that expects none. */
  readonly token?: string | undefined;
  /** Milliseconds to wait for the receiver's response. Default: 5000. */
  readonly timeoutMs?: number | undefined;
};

/** Number of requests that are sent at the same time. Each of them carries a message of another key. */
const LANES = 8;
const TIMEOUT_MS = 5000;

/**
 * Responses that concern the message itself: malformed, too large, of an unsupported type, or invalid. Every other
 * failure concerns the receiver or the settings, such as a wrong path (404) or an expired token (401). The messages are
 * then valid, and must wait until somebody has repaired the cause.
 */
const REFUSALS: readonly number[] = [400, 413, 415, 422];

/**
 * Posts each message to one URL, as a CloudEvent in binary mode (CloudEvents HTTP protocol binding §3.1). The messages of
 * one key are posted one after the other, so a receiver that responds after it has stored a message gets them in order.
 */
export class WebhookEventPublisher implements EventPublisher {
  readonly batchLimit = { messages: 100, bytes: 1_000_000 };
  readonly largestMessageBytes = 500_000;
  private readonly settings: WebhookSettings;

  constructor(settings: WebhookSettings) {
    this.settings = settings;
  }

  async publish(messages: readonly Message[]): Promise<void> {
    const keys = [...Map.groupBy(messages, ({ key }) => key).values()];
    const failed = new AbortController();
    const lane = async () => {
      // A lane takes the next key when it has finished one. After a failure no lane begins another message.
      for (let own = keys.shift(); own; own = keys.shift())
        for (const message of own) {
          if (failed.signal.aborted) return;
          await this.post(message).catch((error: unknown) => {
            failed.abort(error);
          });
        }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    failed.signal.throwIfAborted();
  }

  private async post({ id, key, attributes, payload }: Message): Promise<void> {
    const { url, token, timeoutMs = TIMEOUT_MS } = this.settings;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...headersOf(attributes),
        'ce-partitionkey': headerValue(key),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
      body: payload,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw new BrokerUnavailable('The receiver of the webhook does not respond.', { cause: error });
    });
    // A response whose body nobody reads keeps its connection busy.
    await response.body?.cancel();
    if (response.ok) return;
    if (REFUSALS.includes(response.status))
      throw new MessagesRefused(`The receiver of the webhook refuses message ${id} with status ${response.status}.`);
    throw new BrokerUnavailable(`The receiver of the webhook responds with status ${response.status}.`);
  }
}

function headersOf(attributes: Message['attributes']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name === 'datacontenttype' ? 'content-type' : `ce-${name}`,
      headerValue(value),
    ]),
  );
}

/** Percent-encodes what a header of HTTP cannot hold, and what would make the encoding ambiguous (§3.1.3.2). */
function headerValue(text: string): string {
  return text.toWellFormed().replaceAll(/[^\x21-\x7e]|["%]/gu, encodeURIComponent);
}

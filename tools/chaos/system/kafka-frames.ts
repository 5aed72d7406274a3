/** Kafka's protocol has four bytes of length before each request and each response. */
const LENGTH_BYTES = 4;

/** The API key of Produce. */
const PRODUCE = 0;

/** Puts the bytes of a connection together to whole requests or responses, their lengths included. */
export class FrameSplitter {
  private rest: Buffer = Buffer.alloc(0);

  /** @returns what is whole now. */
  take(bytes: Buffer): Buffer[] {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const whole: Buffer[] = [];
    while (this.rest.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.rest.readInt32BE(0);
      if (this.rest.length < end) break;
      whole.push(this.rest.subarray(0, end));
      this.rest = this.rest.subarray(end);
    }
    return whole;
  }
}

/** The number that the response to a Produce request will bear; undefined for any other request. */
export function produceCorrelation(request: Buffer): number | undefined {
  return request.readInt16BE(LENGTH_BYTES) === PRODUCE ? request.readInt32BE(LENGTH_BYTES + 4) : undefined;
}

/** The number of the request that a response answers. */
export function correlationOf(response: Buffer): number {
  return response.readInt32BE(LENGTH_BYTES);
}

/** Bytes of the length field that Kafka's protocol puts before each request and each response. */
const LENGTH_BYTES = 4;

/** Number of the Produce request in Kafka's protocol. */
const PRODUCE = 0;

/** Cuts the bytes of a connection into whole requests or responses, each with its length field. */
export class FrameSplitter {
  private rest: Buffer = Buffer.alloc(0);

  /** @returns the frames that these bytes complete. */
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

/** The correlation id of a Produce request, which its response will repeat; undefined for any other request. */
export function produceCorrelation(request: Buffer): number | undefined {
  return request.readInt16BE(LENGTH_BYTES) === PRODUCE ? request.readInt32BE(LENGTH_BYTES + 4) : undefined;
}

/** The correlation id of the request to which a response belongs. */
export function correlationOf(response: Buffer): number {
  return response.readInt32BE(LENGTH_BYTES);
}

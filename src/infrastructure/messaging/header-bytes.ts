type Known = { readonly name: Buffer; readonly text: string; readonly bytes: Buffer };

/** The bytes of headers. Most are the same from event to event: they are made once, as the names are. */
export class HeaderBytes {
  private readonly known = new Map<string, Known>();

  of(headers: Readonly<Record<string, string>>): Map<Buffer, Buffer> {
    return new Map(Object.entries(headers).map(([name, text]) => this.header(name, text)));
  }

  private header(name: string, text: string): [name: Buffer, bytes: Buffer] {
    const before = this.known.get(name);
    if (before?.text === text) return [before.name, before.bytes];
    const now = { name: before?.name ?? Buffer.from(name), text, bytes: Buffer.from(text) };
    this.known.set(name, now);
    return [now.name, now.bytes];
  }
}

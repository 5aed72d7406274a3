import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';

/**
 * The network that a request comes from: the IPv4 address, or the first 64 bits of the IPv6 address, since whoever has
 * one address of such a network has all of them (RFC 6177). IPv4 inside IPv6 (RFC 4291 §2.5.5.2) is IPv4.
 *
 * Each proxy appends to X-Forwarded-For whom it was called by, so the entries of our own proxies are the last ones, and
 * everything before them is whatever the client wanted us to read. Koa takes the first one.
 * @param trustedProxies how many proxies stand between the client and this service
 */
export function clientNetwork(request: IncomingMessage, trustedProxies: number): string {
  const peer = request.socket.remoteAddress ?? '';
  const forwarded = request.headersDistinct['x-forwarded-for'] ?? [];
  const callers = [...forwarded.flatMap((line) => line.split(',')).map(bareAddress), peer].filter(
    (text) => text !== '',
  );
  const client = callers.at(Math.max(0, callers.length - 1 - trustedProxies));
  // Not even a proxy's word is taken for an address when it is none.
  return networkOf(client ?? '') ?? networkOf(peer) ?? 'unknown';
}

/** Some proxies add the port: 192.0.2.1:4711, [2001:db8::1]:4711. */
function bareAddress(entry: string): string {
  const text = entry.trim();
  return /^\[(.*)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

function networkOf(address: string): string | undefined {
  const [bare = ''] = address.split('%');
  if (isIP(bare) === 0) return undefined;
  if (isIPv4(bare)) return bare;
  const groups = groupsOf(bare);
  const [high = 0, low = 0] = groups.slice(6);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The eight groups of an IPv6 address. A URL's host is in the shortest form, without dots (RFC 5952 §4). */
function groupsOf(address: string): number[] {
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = shortest
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16))));
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

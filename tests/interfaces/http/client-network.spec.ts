import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { clientNetwork } from '#interfaces/http/requests/client-network';

const PEER = '203.0.113.9';

/** A request as Node delivers it, with one text for each X-Forwarded-For line. */
function network(trustedProxies: number, peer: string | undefined, ...forwarded: string[]): string {
  const headersDistinct = forwarded.length > 0 ? { 'x-forwarded-for': forwarded } : {};
  return clientNetwork(
    { socket: { remoteAddress: peer }, headersDistinct } as unknown as IncomingMessage,
    trustedProxies,
  );
}

describe('the address of a client', () => {
  it('is the address of the connection when no proxy is trusted, whatever X-Forwarded-For says', () => {
    for (const forged of [[], ['192.0.2.1'], ['192.0.2.1, 192.0.2.2'], ['192.0.2.1', '192.0.2.2'], ['nonsense']])
      expect(network(0, PEER, ...forged), forged.join()).to.equal(PEER);
  });

  for (const [trusted, forwarded, expected] of [
    [1, ['192.0.2.1'], '192.0.2.1'],
    [1, ['198.51.100.66, 192.0.2.1'], '192.0.2.1'],
    [1, ['198.51.100.66', '192.0.2.1'], '192.0.2.1'],
    [1, ['198.51.100.66,192.0.2.1,'], '192.0.2.1'],
    [1, ['198.51.100.66 ,\t192.0.2.1 '], '192.0.2.1'],
    [2, ['192.0.2.1, 10.0.0.2'], '192.0.2.1'],
    [2, ['198.51.100.66, 192.0.2.1, 10.0.0.2'], '192.0.2.1'],
    [2, ['198.51.100.66, 192.0.2.1', '10.0.0.2'], '192.0.2.1'],
  ] as const)
    it(`is ${expected} behind ${trusted} when they say ${forwarded.join(' and ')}`, () => {
      expect(network(trusted, PEER, ...forwarded)).to.equal(expected);
    });

  it('is the first entry when there are fewer entries than proxies', () => {
    expect(network(1, PEER)).to.equal(PEER);
    expect(network(3, PEER, '192.0.2.1')).to.equal('192.0.2.1');
  });

  it('is the address of the connection when the entry of the proxy is no address', () => {
    for (const entry of ['unknown', '_hidden', '256.1.1.1', '1.2.3', '::1::', '[::1', '01.2.3.4', 'a'.repeat(1000)])
      expect(network(1, PEER, entry), entry).to.equal(PEER);
  });

  it('has no port', () => {
    expect(network(1, PEER, '192.0.2.1:4711')).to.equal('192.0.2.1');
    expect(network(1, PEER, '[2001:db8::1]:4711')).to.equal('2001:db8:0:0::/64');
    expect(network(1, PEER, '[2001:db8::1]')).to.equal('2001:db8:0:0::/64');
  });

  for (const [address, expected] of [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1:0:0:1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['::192.0.2.1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ] as const)
    it(`${address} is ${expected}`, () => {
      expect(network(0, address)).to.equal(expected);
    });

  it('is the same for a whole IPv6 network of 64 bits, in every spelling', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const groups = fc.array(group, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(groups, groups, groups, (prefix, one, other) => {
        // ::ffff:0:0/96 contains IPv4 addresses.
        fc.pre(prefix.some((text) => text !== '0'));
        const of = (rest: string[]) => network(0, [...prefix, ...rest].join(':'));
        expect(of(one))
          .to.equal(of(other))
          .and.to.equal(`${prefix.join(':')}::/64`);
      }),
    );
  });

  it('is the same for all clients with an unknown address', () => {
    expect(network(0, undefined)).to.equal('unknown');
  });
});

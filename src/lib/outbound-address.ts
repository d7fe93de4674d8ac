/**
 * Which network addresses an outbound connection may be made to. It judges addresses, not names: the connector asks
 * it about each address that a name resolved to, at the moment of connecting.
 */
import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';

/** True for a textual IPv4 or IPv6 address (no brackets) that may be connected to. */
export type AddressGuard = (address: string) => boolean;

interface Range {
  readonly bytes: readonly number[];
  readonly prefixBits: number;
}

// IANA IPv4 special-purpose address registry, multicast and reserved space, and one more at the end.
// @see https://www.iana.org/assignments/iana-ipv4-special-registry
const REFUSED_IPV4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT; holds Alibaba's metadata address
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local; holds most clouds' metadata address
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments; holds Oracle's metadata address
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relay
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved and broadcast
  '168.63.129.16/32', // Azure's host: a public address that only its guests reach, answering as metadata does
].map(toRange);

// IPv6 is judged the other way round: only global unicast is public, whatever is invented elsewhere. So loopback,
// unspecified, link-local, ULA (with AWS's fd00:ec2::254), multicast, IPv4-mapped and -compatible and both NAT64
// prefixes need no line of their own.
const PUBLIC_IPV6 = toRange('2000::/3');
// @see https://www.iana.org/assignments/iana-ipv6-special-registry
const REFUSED_IPV6 = [
  '2001::/23', // protocol assignments: Teredo, ORCHID, benchmarking
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: an IPv4 address in disguise
  '3fff::/20', // documentation
].map(toRange);

// NAT64 and IPv4-mapped: the last four bytes are the IPv4 address that is really reached.
const EMBEDDING_IPV4 = ['64:ff9b::/96', '::ffff:0:0/96'].map(toRange);

/**
 * @param allowRanges addresses and CIDR ranges that an operator allows although they are not public. An address that embeds an
 *   IPv4 address (mapped, NAT64) is let through only if the embedded one is, too: on a network with DNS64 one
 *   allows `64:ff9b::/96`, and the metadata address behind that prefix stays refused.
 */
export function createAddressGuard(allowRanges: readonly string[]): AddressGuard {
  const allowed = allowRanges.map(toRange);
  const mayReach = (bytes: readonly number[]): boolean => {
    const isAllowed = allowed.some((range) => isIn(range, bytes));
    const embedsIpv4 = EMBEDDING_IPV4.some((range) => isIn(range, bytes));
    return embedsIpv4 ? isAllowed && mayReach(bytes.slice(12)) : isAllowed || isPublic(bytes);
  };
  return (address) => {
    const bytes = parseAddress(address);
    return bytes !== undefined && mayReach(bytes);
  };
}

function isPublic(bytes: readonly number[]): boolean {
  if (bytes.length === 4) return !REFUSED_IPV4.some((range) => isIn(range, bytes));
  return isIn(PUBLIC_IPV6, bytes) && !REFUSED_IPV6.some((range) => isIn(range, bytes));
}

/** True for `10.0.0.0/8`, `fd00::/8` and for a single address. For validating a config. */
export function isIpRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

function parseRange(text: string): Range | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const bytes = parseAddress(address);
  if (!bytes || rest.length > 0) return undefined;
  const bitsMax = bytes.length * 8;
  if (prefix === undefined) return { bytes, prefixBits: bitsMax };
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bitsMax
    ? { bytes, prefixBits: Number(prefix) }
    : undefined;
}

function toRange(text: string): Range {
  const range = parseRange(text);
  assert(range, `neither an address nor a CIDR range: ${text}`);
  return range;
}

function isIn(range: Range, bytes: readonly number[]): boolean {
  if (range.bytes.length !== bytes.length) return false;
  const wholeBytes = range.prefixBits >> 3;
  for (let i = 0; i < wholeBytes; i += 1) {
    if (range.bytes[i] !== bytes[i]) return false;
  }
  const mask = (0xff00 >> (range.prefixBits & 7)) & 0xff;
  return ((range.bytes[wholeBytes] ?? 0) & mask) === ((bytes[wholeBytes] ?? 0) & mask);
}

/** 4 or 16 bytes. An IPv6 address with a zone names an interface of this machine, so it is no address here. */
function parseAddress(address: string): readonly number[] | undefined {
  if (isIPv4(address)) return address.split('.').map(Number);
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const [head = '', tail] = address.split('::');
  const headBytes = groupsToBytes(head);
  if (tail === undefined) return headBytes;
  const tailBytes = groupsToBytes(tail);
  return [...headBytes, ...Array<number>(16 - headBytes.length - tailBytes.length).fill(0), ...tailBytes];
}

function groupsToBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

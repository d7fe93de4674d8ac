/**
 * Reads a caller's network address as the group that limits count by: an IPv4 address, or the /64 that one IPv6
 * subscriber has. It does not decide which address is the caller's; that is the server's proxy setting.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Whatever is no address (a socket that is gone, a proxy that writes names) shares one group. */
export const UNREADABLE_ADDRESS = 'unreadable';

const GROUPS_IN_64_BITS = 4;
const GROUPS_IN_ADDRESS = 8;
/** IPv4-mapped (RFC 4291 §2.5.5.2), dotted or in hexadecimal. */
const MAPPED_PREFIX = ['0', '0', '0', '0', '0', 'ffff'];

/** `203.0.113.7` → itself; `::ffff:203.0.113.7` → `203.0.113.7`; `2001:db8:1:2:3::4` → `2001:db8:1:2::/64`. */
export function toAddressGroup(address: string | undefined): string {
  if (address === undefined) return UNREADABLE_ADDRESS;
  if (isIPv4(address)) return address;
  const bare = withoutPort(address);
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return UNREADABLE_ADDRESS;
  const groups = expand(bare.split('%', 1)[0] ?? '');
  if (MAPPED_PREFIX.every((group, index) => groups[index] === group)) return dotted(groups.slice(6));
  return `${groups.slice(0, GROUPS_IN_64_BITS).join(':')}::/64`;
}

/** Some proxies add the port: `203.0.113.7:4711`, `[2001:db8::1]:4711`. */
function withoutPort(address: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(address);
  if (bracketed) return bracketed[1] ?? '';
  return /^([\d.]+):\d{1,5}$/.exec(address)?.[1] ?? address;
}

/** The eight groups of a valid IPv6 address, lower-case and without leading zeros. */
function expand(address: string): readonly string[] {
  const [head = '', tail] = address.split('::');
  const left = toGroups(head);
  const right = tail === undefined ? [] : toGroups(tail);
  const zeros = new Array<string>(GROUPS_IN_ADDRESS - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right];
}

function toGroups(part: string): readonly string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16).toString(16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
  });
}

function dotted(groups: readonly string[]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 255])
    .join('.');
}

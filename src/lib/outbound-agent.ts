/**
 * Makes the connections of outbound requests: resolves, checks each address, connects only to checked ones, and
 * pools. Names are resolved anew for each connection and the result is used for that connection only, so a name
 * that changes between look-ups gains nothing.
 */
import { isIPv6, type LookupFunction } from 'node:net';
import type { Agent, buildConnector } from 'undici';
import type { AddressGuard } from './outbound-address.ts';
import { OutboundError } from './outbound-error.ts';
import type { TlsOptions } from './outbound-request.ts';
import { literalOf } from './outbound-url.ts';

/** All addresses of a name, best first. Rejects, or is empty, when there are none. */
export type ResolveHost = (hostname: string) => Promise<readonly string[]>;

export interface OutboundAgentOptions {
  readonly mayReach: AddressGuard;
  readonly resolve: ResolveHost;
  readonly tls: TlsOptions | undefined;
}

// One slow endpoint holds at most this many sockets.
const CONNECTIONS_PER_ORIGIN_MAX = 32;
const ORIGINS_MAX = 1_024;
const CONNECT_TIMEOUT_MS = 10_000;
// Shorter than servers' usual five seconds, so that it is seldom they who close first and leave a request unanswered.
const KEEP_ALIVE_MS = 4_000;
const REPLY_HEADER_BYTES_MAX = 16 * 1024;
// A name with hundreds of addresses is no reason to try them all.
const ADDRESSES_MAX = 8;

export async function createOutboundAgent(options: OutboundAgentOptions): Promise<Agent> {
  // Loaded with the first request: it takes 70 ms and 20 MB, and an installation without HTTP carriers or webhooks
  // never needs it.
  const undici = await import('undici');
  const connect = undici.buildConnector({
    ...options.tls,
    rejectUnauthorized: true,
    allowH2: false,
    timeout: CONNECT_TIMEOUT_MS,
    lookup: createGuardedLookup(options),
    autoSelectFamily: true,
  });
  return new undici.Agent({
    connect: guardLiterals(connect, options.mayReach),
    allowH2: false,
    connections: CONNECTIONS_PER_ORIGIN_MAX,
    maxOrigins: ORIGINS_MAX,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: REPLY_HEADER_BYTES_MAX,
    // The request's own deadline covers these.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** A literal address is never looked up, so it is checked before the connection instead. */
function guardLiterals(connect: buildConnector.connector, mayReach: AddressGuard): buildConnector.connector {
  return (target, callback) => {
    const literal = literalOf(target.hostname);
    if (literal !== undefined && !mayReach(literal)) {
      callback(new OutboundError('refused-address', false), null);
    } else {
      connect(target, callback);
    }
  };
}

/**
 * Hands only checked addresses to the connection. Of a name with good and bad addresses the good ones are used,
 * rather than refusing the name: networks with DNS64 add an address under NAT64 to every name.
 */
function createGuardedLookup({ resolve, mayReach }: OutboundAgentOptions): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    const fail = (error: OutboundError) => callback(error, '', 0);
    resolve(hostname).then(
      (addresses) => {
        if (addresses.length === 0) return fail(new OutboundError('dns', false));
        const checked = addresses.slice(0, ADDRESSES_MAX).filter(mayReach);
        const [first] = checked;
        if (first === undefined) return fail(new OutboundError('refused-address', false));
        if (lookupOptions.all) {
          callback(
            null,
            checked.map((address) => ({ address, family: familyOf(address) })),
          );
        } else {
          callback(null, first, familyOf(first));
        }
      },
      (error: unknown) => fail(new OutboundError('dns', false, error)),
    );
  };
}

function familyOf(address: string): 4 | 6 {
  return isIPv6(address) ? 6 : 4;
}

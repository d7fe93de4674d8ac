/**
 * The only outbound HTTP: webhooks and HTTP carriers go through here. Each connection is checked at the address that
 * it is really made to, redirects are not followed, and time and reply are bounded. It retries nothing and knows
 * nothing of what it carries.
 */
import assert from 'node:assert/strict';
import { lookup as systemLookup } from 'node:dns/promises';
import type { Agent } from 'undici';
import { createAddressGuard } from './outbound-address.ts';
import { createOutboundAgent, type ResolveHost } from './outbound-agent.ts';
import { OutboundError, toOutboundError } from './outbound-error.ts';
import { exchange } from './outbound-exchange.ts';
import type { OutboundReply, OutboundRequest, TlsOptions } from './outbound-request.ts';
import { parseOutboundUrl } from './outbound-url.ts';
import { systemTimers, type Timers } from './time.ts';

export interface SafeFetchOptions {
  /** CIDR ranges to be reached although they are not public. */
  readonly allowRanges?: readonly string[];
  readonly allowHttp?: boolean;
  readonly ports?: readonly number[];
  readonly resolve?: ResolveHost;
  readonly timers?: Timers;
  readonly maxReplyBytes?: number;
}

/** @throws OutboundError */
export interface SafeFetch extends AsyncDisposable {
  (request: OutboundRequest): Promise<OutboundReply>;
}

// A carrier's reply is a few hundred bytes; a batch's some ten thousand.
const REPLY_BYTES_MAX = 64 * 1024;
// Callers bound themselves (dispatch windows); this keeps one that does not from filling memory.
const IN_FLIGHT_MAX = 2_048;
// One pool for ordinary TLS and one for each carrier with certificates of its own.
const AGENTS_MAX = 64;

export function createSafeFetch(options: SafeFetchOptions = {}): SafeFetch {
  const { allowHttp = false, timers = systemTimers, maxReplyBytes = REPLY_BYTES_MAX } = options;
  const resolve = options.resolve ?? resolveBySystem;
  const mayReach = createAddressGuard(options.allowRanges ?? []);
  const agents = new Map<TlsOptions | undefined, Promise<Agent>>();
  let inFlight = 0;
  let isDisposed = false;

  const agentFor = (tls: TlsOptions | undefined): Promise<Agent> => {
    const known = agents.get(tls);
    if (known) return known;
    assert(agents.size < AGENTS_MAX, 'TLS options are made once per carrier, not per request');
    const agent = createOutboundAgent({ mayReach, resolve, tls });
    agents.set(tls, agent);
    return agent;
  };

  const fetchSafely = async (request: OutboundRequest): Promise<OutboundReply> => {
    if (isDisposed) throw new OutboundError('aborted', false);
    const parsed = parseOutboundUrl(request.url, { mayReach, allowHttp, ports: options.ports });
    if (!parsed.ok) throw new OutboundError(parsed.reason, false);
    if (inFlight >= IN_FLIGHT_MAX) throw new OutboundError('connect', false, new Error('too many requests'));
    inFlight += 1;
    try {
      const agent = await agentFor(request.tls);
      return await exchange(agent, request, parsed.url, timers, maxReplyBytes);
    } catch (error) {
      throw toOutboundError(error, false, parsed.url.protocol === 'https:');
    } finally {
      inFlight -= 1;
    }
  };

  return Object.assign(fetchSafely, {
    async [Symbol.asyncDispose]() {
      isDisposed = true;
      for (const agent of agents.values()) await (await agent).destroy();
    },
  });
}

const resolveBySystem: ResolveHost = async (hostname) => {
  const found = await systemLookup(hostname, { all: true });
  return found.map(({ address }) => address);
};

/** Connects to each carrier, as a start would, and sees whether it comes up. It sends nothing. */
import { closeCarriers, openCarriers } from '../../app/open-carriers.ts';
import { CARRIER_KINDS } from '../../carriers/registry.ts';
import type { Config } from '../../config/config.ts';
import type { Carrier } from '../../engine/ports.ts';
import { createLogger } from '../../lib/logger.ts';
import { noMetrics } from '../../lib/metrics.ts';
import { createSystemRandomBytes } from '../../lib/random.ts';
import { createSafeFetch } from '../../lib/safe-fetch.ts';
import { sleep, systemClock, systemTimers } from '../../lib/time.ts';
import { createUuidMaker } from '../../lib/uuid.ts';
import { type Finding, ok, warn } from './finding.ts';

const UP_WAIT_MS = 5_000;
const LOOK_MS = 100;
const KINDS_TRIED = new Set(CARRIER_KINDS.flatMap((each) => (each.showsHealthAhead ? [each.kind] : [])));

export async function examineCarriers(config: Config): Promise<readonly Finding[]> {
  const randomBytes = createSystemRandomBytes();
  const safeFetch = createSafeFetch(config.outbound);
  const carriers = await openCarriers(config.carriers, {
    clock: systemClock,
    timers: systemTimers,
    randomBytes,
    makeId: createUuidMaker(systemClock, randomBytes),
    // Nothing was sent, so what comes is of an earlier run; not acknowledged, it comes again.
    receipts: () => Promise.reject(new Error('receipts are not taken here')),
    logger: createLogger({ level: 'silent', pretty: false }),
    metrics: noMetrics,
    safeFetch,
  });
  try {
    await waitUntilUp(carriers);
    return [...carriers.map(toFinding), ...findUnroutedChannels(config)];
  } finally {
    await closeCarriers(carriers);
    await safeFetch[Symbol.asyncDispose]();
  }
}

async function waitUntilUp(carriers: readonly Carrier[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < UP_WAIT_MS; waitedMs += LOOK_MS) {
    if (carriers.every((carrier) => carrier.health().state === 'up')) return;
    await sleep(systemTimers, LOOK_MS);
  }
}

function toFinding(carrier: Carrier): Finding {
  const subject = `carrier ${carrier.id}`;
  const { state, detail } = carrier.health();
  const offer = `${carrier.kind}: ${carrier.channels.join(', ')}`;
  if (state === 'up')
    return ok(
      subject,
      KINDS_TRIED.has(carrier.kind) ? offer : `${offer}; not tried: it shows with the first message`,
    );
  return warn(subject, detail ?? state, `see docs/carriers/${carrier.kind}.md`);
}

/** Without a route a channel is refused, which may well be meant. */
function findUnroutedChannels({ routes, carriers }: Config): readonly Finding[] {
  const able = new Set(carriers.flatMap(({ channels }) => channels));
  return [...able]
    .filter((channel) => !routes.some((route) => route.channel === channel))
    .map((channel) =>
      warn('routes', `nothing is sent by ${channel}`, 'add a route for it, if it is to be offered'),
    );
}

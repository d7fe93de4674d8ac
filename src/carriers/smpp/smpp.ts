/**
 * A carrier straight to an operator's SMSC: several binds under one rate, a message as one submit_sm for each of its parts, and
 * what their answers together mean to the engine. The wire is smpp/'s; which carrier a message goes through is the engine's choice.
 */
import type { SubmitOutcome } from '../../core/delivery.ts';
import type { SharedCarrier } from '../../engine/ports/shared-carrier.ts';
import type { Carrier, OutboundMessage } from '../../engine/ports.ts';
import type { TimerHandle } from '../../lib/time.ts';
import { type BoundSession, type ConnectOptions, connectSmpp } from '../../smpp/client.ts';
import { systemTimers, type Timers } from '../../smpp/timers.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import { BindSet } from './bind-set.ts';
import { toConnection, WINDOW } from './connection.ts';
import { createDeliveryDesk } from './deliveries.ts';
import { createMessageIds, type MessageIds } from './message-ids.ts';
import { createPartSender, type SendPart } from './part-sender.ts';
import { RateGate } from './rate-gate.ts';
import type { SmppSettings } from './settings.ts';
import { refused } from './submit-answer.ts';
import { toSubmitParts } from './submit-parts.ts';
import { SubmitQueue } from './submit-queue.ts';
import { validityPeriod } from './validity-period.ts';

export interface SmppCarrier extends Carrier, SharedCarrier {}

/** The network, as tests replace it. */
export interface SmppNetwork {
  /** @throws as connectSmpp does */
  readonly connect: (options: ConnectOptions) => Promise<BoundSession>;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** What a 16-bit reference tells apart; with `udh8` its lower octet is used. */
const REFERENCES = 0x1_0000;
const NETWORK: SmppNetwork = { connect: connectSmpp, now: systemTimers.now };

export function createSmpp(
  id: string,
  settings: SmppSettings,
  deps: CarrierDeps,
  network: SmppNetwork = NETWORK,
): SmppCarrier {
  const { logger } = deps;
  const ids = createMessageIds({
    form: settings.messageIdForm ?? 'exact',
    makeId: deps.makeId,
    onUnusable: (why) => logger.warn({ why }, 'smpp answer names no message of its own'),
  });
  const { binds, gate, queue } = assemble(id, settings, deps, network, ids);
  const sendPart = createPartSender({ carrierId: id, queue, metrics: deps.metrics });
  const submit = createSubmit(settings, deps, sendPart, ids);
  const { binds: total = 1, messagesPerSecond } = settings;
  let closing: Promise<void> | undefined;
  binds.resize(total);

  return {
    id,
    kind: 'smpp',
    channels: ['sms'],
    isSimulated: false,
    account: { binds: total, ...(messagesPerSecond !== undefined && { messagesPerSecond }) },
    async submit(message, signal) {
      if (closing !== undefined) return refused('closed', false);
      try {
        return await submit(message, signal);
      } catch (error) {
        if (error instanceof RangeError) return refused('not-encodable', true);
        logger.error({ err: error, messageId: message.id }, 'a submit failed unexpectedly');
        return { kind: 'unknown', reason: 'internal-fault' };
      }
    },
    health: () => (closing === undefined ? binds.health() : { state: 'down', detail: 'closed' }),
    setShare({ binds: count, messagesPerSecond: rate }) {
      if (closing !== undefined) return;
      gate.setRate(rate);
      binds.resize(count);
      queue.pump();
    },
    [Symbol.asyncDispose]() {
      queue.close();
      closing ??= binds.end();
      return closing;
    },
  };
}

/** Binds, rate and queue, wired to each other and to what comes in. No bind is made yet. */
function assemble(
  id: string,
  settings: SmppSettings,
  deps: CarrierDeps,
  network: SmppNetwork,
  ids: MessageIds,
) {
  const { logger, metrics } = deps;
  const timers = toSmppTimers(deps, network);
  const onRequest = createDeliveryDesk({
    ...deps,
    carrierId: id,
    ids,
    defaultAlphabet: settings.defaultAlphabet ?? 'gsm7',
  });
  const onFault = (error: unknown) => logger.error({ err: error }, 'smpp request failed unexpectedly');
  const binds = new BindSet(rolesOf(settings), {
    connect: network.connect,
    connection: toConnection(settings, { timers, onRequest, onFault }),
    window: settings.window ?? WINDOW,
    timers,
    random: () => drawShare(deps),
    logger,
    onChange() {
      metrics.gauge('otpost_smpp_binds_open', { carrier: id }, binds.openCount);
      queue.pump();
    },
    onLost: ids.forgetSeen,
  });
  const gate = new RateGate(settings.messagesPerSecond);
  const queue = new SubmitQueue(() => binds.senders(), gate, timers);
  return { binds, gate, queue };
}

/**
 * The parts go one after the other, so that a first part that is refused costs nothing. Where a later one is not taken, the network has
 * taken, and charges for, the beginning of a text that no phone will show: that is neither accepted nor refused, and the
 * engine sends the whole text again by another carrier without giving the tenant's money back.
 */
function createSubmit(settings: SmppSettings, deps: CarrierDeps, sendPart: SendPart, ids: MessageIds) {
  const { clock, logger } = deps;
  let reference = Math.floor(drawShare(deps) * REFERENCES);

  return async (message: OutboundMessage, signal: AbortSignal): Promise<SubmitOutcome> => {
    reference = (reference + 1) % REFERENCES;
    const parts = toSubmitParts(message, settings, reference);
    const answered: string[] = [];
    for (const part of parts) {
      const make = () => {
        const period = validityPeriod(message.notAfterMs, clock(), settings);
        if (period === undefined) return undefined;
        return { ...part, fields: { ...part.fields, validityPeriod: period }, signal };
      };
      const outcome = await sendPart(make, signal, answered.length > 0);
      if (outcome.kind === 'accepted') {
        answered.push(outcome.messageId);
        continue;
      }
      if (answered.length === 0 || outcome.kind === 'unknown') return outcome;
      const progress = { accepted: answered.length, parts: parts.length, reason: outcome.reason };
      logger.warn({ messageId: message.id, ...progress }, 'smpp message was accepted in part');
      return { kind: 'unknown', reason: 'partly-accepted' };
    }
    return { kind: 'accepted', carrierMessageIds: ids.fromAnswers(answered) };
  };
}

/** Uniform in [0, 1). */
function drawShare({ randomBytes }: CarrierDeps): number {
  return Buffer.from(randomBytes(4)).readUInt32BE(0) / 2 ** 32;
}

function rolesOf({ bindMode }: SmppSettings) {
  return bindMode === 'transmitter+receiver'
    ? (['transmitter', 'receiver'] as const)
    : (['transceiver'] as const);
}

function toSmppTimers({ timers }: CarrierDeps, { now }: SmppNetwork): Timers {
  return {
    now,
    setTimeout: (callback, delayMs) => timers.setTimeout(callback, delayMs),
    clearTimeout: (handle) => timers.clearTimeout(handle as TimerHandle | undefined),
  };
}

/**
 * A carrier straight to an operator's SMSC: several binds under one rate, a message as one submit_sm for each of its parts, and
 * what their answers together mean to the engine. The wire is smpp/'s; which carrier a message goes through is the engine's choice.
 */
import type { SubmitOutcome } from '../../core/delivery.ts';
import type { Carrier, OutboundMessage } from '../../engine/ports.ts';
import type { TimerHandle } from '../../lib/time.ts';
import { type BoundSession, type ConnectOptions, connectSmpp } from '../../smpp/client.ts';
import { systemTimers, type Timers } from '../../smpp/timers.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import { BindSet } from './bind-set.ts';
import { toConnection, WINDOW } from './connection.ts';
import { createDeliveryDesk } from './deliveries.ts';
import { createMessageIds } from './message-ids.ts';
import { createPartSender } from './part-sender.ts';
import { RateGate } from './rate-gate.ts';
import type { SmppSettings } from './settings.ts';
import { refused } from './submit-answer.ts';
import { type SubmitPart, toSubmitParts, validityPeriod } from './submit-parts.ts';
import { SubmitQueue } from './submit-queue.ts';

/** What of the account's binds and rate this process may use, where several share it. */
export interface SmppShare {
  /** 0 sends nothing. */
  readonly binds: number;
  /** Undefined: no limit; 0: nothing. */
  readonly messagesPerSecond: number | undefined;
}

export interface SmppCarrier extends Carrier {
  /** Takes effect at once; binds that are too many are drained and unbound. */
  setShare(share: SmppShare): void;
}

/** The network, as tests replace it. */
export interface SmppNetwork {
  /** @throws as connectSmpp does */
  readonly connect: (options: ConnectOptions) => Promise<BoundSession>;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

const NETWORK: SmppNetwork = { connect: connectSmpp, now: systemTimers.now };

export function createSmpp(
  id: string,
  settings: SmppSettings,
  deps: CarrierDeps,
  network: SmppNetwork = NETWORK,
): SmppCarrier {
  const { clock, metrics, receipts } = deps;
  const { logger } = deps;
  const timers = toSmppTimers(deps, network);
  const random = () => new DataView(deps.randomBytes(4).slice().buffer).getUint32(0) / 2 ** 32;
  const ids = createMessageIds({
    form: settings.messageIdForm ?? 'exact',
    makeId: deps.makeId,
    onUnusable: (why) => logger.warn({ why }, 'smpp answer names no message of its own'),
  });
  const onRequest = createDeliveryDesk({
    carrierId: id,
    ids,
    defaultAlphabet: settings.defaultAlphabet ?? 'gsm7',
    receipts,
    clock,
    logger,
    metrics,
  });
  const binds = new BindSet(rolesOf(settings), {
    connect: network.connect,
    connection: toConnection(settings, {
      timers,
      onRequest,
      onFault: (error) => logger.error({ err: error }, 'smpp request failed unexpectedly'),
    }),
    window: settings.window ?? WINDOW,
    timers,
    random,
    logger,
    onChange() {
      metrics.gauge('otpost_smpp_binds_open', { carrier: id }, binds.openCount);
      queue.pump();
    },
    onLost: ids.forgetSeen,
  });
  const gate = new RateGate(settings.messagesPerSecond);
  const queue = new SubmitQueue(() => binds.senders(), gate, timers);
  const sendPart = createPartSender({ carrierId: id, queue, metrics });
  let reference = Math.floor(random() * 0x1_0000);
  let closing: Promise<void> | undefined;
  binds.resize(settings.binds ?? 1);

  const toRequest = (part: SubmitPart, notAfterMs: number, signal: AbortSignal) => {
    const period = validityPeriod(notAfterMs, clock(), settings);
    if (period === undefined) return undefined;
    return { ...part, fields: { ...part.fields, validityPeriod: period }, signal };
  };

  /**
   * The parts go one after the other, so that a first part that is refused costs nothing. Where a later one is not taken, the network has
   * taken, and charges for, the beginning of a text that no phone will show: that is neither accepted nor refused, and the
   * engine sends the whole text again by another carrier without giving the tenant's money back.
   */
  async function submit(message: OutboundMessage, signal: AbortSignal): Promise<SubmitOutcome> {
    reference = (reference + 1) & 0xffff;
    const parts = toSubmitParts(message, settings, reference);
    const answered: string[] = [];
    for (const part of parts) {
      const make = () => toRequest(part, message.notAfterMs, signal);
      const outcome = await sendPart(make, signal, answered.length > 0);
      if (outcome.kind === 'accepted') answered.push(outcome.messageId);
      else if (answered.length === 0 || outcome.kind === 'unknown') return outcome;
      else {
        const accepted = answered.length;
        logger.warn(
          { messageId: message.id, accepted, parts: parts.length, reason: outcome.reason },
          'smpp message was accepted in part',
        );
        return { kind: 'unknown', reason: 'partly-accepted' };
      }
    }
    return { kind: 'accepted', carrierMessageIds: ids.fromAnswers(answered) };
  }

  return {
    id,
    kind: 'smpp',
    channels: ['sms'],
    isSimulated: false,
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
    setShare({ binds: count, messagesPerSecond }) {
      if (closing !== undefined) return;
      gate.setRate(messagesPerSecond);
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

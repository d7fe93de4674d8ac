/**
 * What an SMSC delivers to us. A receipt goes to the sink and is acknowledged once it is durable; a text from a phone is acknowledged
 * and dropped, for nothing here reads it. Contents are never logged.
 */
import type { Receipt, ReceiptState } from '../../core/delivery.ts';
import type { ReceiptSink } from '../../engine/ports.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { Clock } from '../../lib/time.ts';
import { ESME_RINVCMDID, ESME_RX_T_APPN } from '../../smpp/command-status.ts';
import {
  type DeliveryReceipt,
  parseDeliveryReceipt,
  type ReceiptState as SmppState,
} from '../../smpp/delivery-receipt.ts';
import type { TextEncoding } from '../../smpp/encoding.ts';
import type { IncomingRequest, Reply, RequestHandler } from '../../smpp/session-options.ts';
import type { MessageIds } from './message-ids.ts';

export interface DeliveryDeskOptions {
  readonly carrierId: string;
  readonly ids: MessageIds;
  readonly defaultAlphabet: TextEncoding;
  readonly receipts: ReceiptSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * What a message_state is to us. `accepted` (read by a person on the subscriber's behalf) and `unknown` are called final by
 * SMPP 3.4 §5.2.28, but neither says that the message arrived or that it did not.
 */
const STATES: Readonly<Record<SmppState, ReceiptState>> = {
  scheduled: 'accepted',
  enroute: 'accepted',
  accepted: 'accepted',
  unknown: 'accepted',
  delivered: 'delivered',
  expired: 'expired',
  deleted: 'failed',
  undeliverable: 'failed',
  rejected: 'failed',
  skipped: 'failed',
};

/** esm_class bits 5–2 (§5.2.12): 0 is an ordinary text. */
const MESSAGE_TYPE_MASK = 0x3c;
const REASON_CHARACTERS_MAX = 40;

type Delivery = Extract<IncomingRequest, { readonly command: 'deliver_sm' | 'data_sm' }>;
type DeliveryOutcome = 'receipt' | 'receipt-not-stored' | 'receipt-unreadable' | 'receipt-ambiguous' | 'text';

export function createDeliveryDesk(options: DeliveryDeskOptions): RequestHandler {
  const { carrierId, ids, defaultAlphabet, receipts, clock, logger, metrics } = options;
  const count = (outcome: DeliveryOutcome) =>
    metrics.count('otpost_smpp_deliveries_total', { carrier: carrierId, outcome });

  async function takeReceipt(read: DeliveryReceipt): Promise<Reply> {
    const carrierMessageId = ids.fromReceipt(read.messageId);
    if (carrierMessageId === undefined) {
      count('receipt-ambiguous');
      return {};
    }
    try {
      await receipts(toReceipt(carrierId, carrierMessageId, read, clock()));
    } catch (error) {
      count('receipt-not-stored');
      logger.error({ err: error }, 'smpp receipt was not stored, and is asked for again');
      return { status: ESME_RX_T_APPN };
    }
    count('receipt');
    return {};
  }

  function take(delivery: Delivery): Reply | Promise<Reply> {
    const { esmClass, dataCoding } = delivery.fields;
    const shortMessage = delivery.command === 'deliver_sm' ? delivery.fields.shortMessage : undefined;
    const source = { esmClass, dataCoding, ...(shortMessage !== undefined && { shortMessage }) };
    const read = parseDeliveryReceipt(source, delivery.tlvs, defaultAlphabet);
    if (read !== undefined) return takeReceipt(read);
    // Sent again it would read no better.
    const isText = (esmClass & MESSAGE_TYPE_MASK) === 0;
    count(isText ? 'text' : 'receipt-unreadable');
    const octets = shortMessage?.length ?? delivery.tlvs.messagePayload?.length ?? 0;
    logger.debug({ esmClass, octets }, isText ? 'smpp text was dropped' : 'smpp receipt cannot be read');
    return {};
  }

  return (request) => {
    if (request.command === 'deliver_sm' || request.command === 'data_sm') return take(request);
    return { status: ESME_RINVCMDID };
  };
}

function toReceipt(carrier: string, carrierMessageId: string, read: DeliveryReceipt, nowMs: number): Receipt {
  const state = STATES[read.state];
  const code = read.errorCode === undefined || /^0*$/.test(read.errorCode) ? '' : `-${read.errorCode}`;
  const reason = `${read.state}${code}`.slice(0, REASON_CHARACTERS_MAX).toLowerCase();
  return {
    carrier,
    carrierMessageId,
    state,
    ...(read.state !== 'delivered' && { reason }),
    receivedAtMs: nowMs,
  };
}

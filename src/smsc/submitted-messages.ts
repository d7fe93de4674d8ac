/**
 * What was submitted, for tests and for people to look at: the last so many messages. A ring, so that a million messages take
 * no more memory than `keptMax`.
 */
import type { Clock } from '../lib/time.ts';
import type { ReceiptState } from '../smpp/delivery-receipt.ts';
import type { TextEncoding } from '../smpp/encoding.ts';
import { encodingOf } from '../smpp/encoding.ts';
import type { Pdu } from '../smpp/pdu.ts';
import type { RawTlv, Tlvs } from '../smpp/tlvs.ts';
import { NO_TLVS } from '../smpp/tlvs.ts';
import type { PartPlace } from '../smpp/user-data-header.ts';
import { readPart } from '../smpp/user-data-header.ts';
import type { IdForm } from './receipt-pdu.ts';
import { formatId } from './receipt-pdu.ts';

export interface SubmittedMessage {
  readonly number: number;
  /** As the response bears it. */
  readonly messageId: string;
  readonly systemId: string;
  readonly source: string;
  readonly destination: string;
  readonly text: string;
  /** Undefined: the message is whole. */
  readonly place: PartPlace | undefined;
  readonly dataCoding: number;
  readonly esmClass: number;
  readonly registeredDelivery: number;
  readonly validityPeriod: string;
  readonly tlvs: Tlvs;
  readonly otherTlvs: readonly RawTlv[];
  readonly receivedAtMs: number;
  state: ReceiptState;
}

export class SubmittedMessages implements Iterable<SubmittedMessage> {
  readonly #keptMax: number;
  readonly #byId = new Map<string, SubmittedMessage>();
  #total = 0;

  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  /** All that ever came, forgotten ones included. */
  get total(): number {
    return this.#total;
  }

  add(message: SubmittedMessage): void {
    this.#total++;
    this.#byId.set(message.messageId, message);
    if (this.#byId.size <= this.#keptMax) return;
    const oldest = this.#byId.keys().next().value;
    if (oldest !== undefined) this.#byId.delete(oldest);
  }

  find(messageId: string): SubmittedMessage | undefined {
    return this.#byId.get(messageId);
  }

  /** Oldest first. */
  [Symbol.iterator](): Iterator<SubmittedMessage> {
    return this.#byId.values();
  }

  /** Whole texts to a destination, oldest first: parts are joined once the last of them is there. */
  textsTo(destination: string): readonly string[] {
    const texts: string[] = [];
    const parts = new Map<string, string[]>();
    for (const message of this) {
      if (message.destination !== destination) continue;
      const { place, text, systemId, source } = message;
      if (place === undefined) {
        texts.push(text);
        continue;
      }
      const key = `${systemId}/${source}/${place.reference}/${place.total}`;
      const found = parts.get(key) ?? [];
      found[place.number - 1] = text;
      parts.set(key, found);
      if (Object.keys(found).length < place.total) continue;
      parts.delete(key);
      texts.push(found.join(''));
    }
    return texts;
  }
}

export type SubmitPdu = Pdu<'submit_sm' | 'data_sm'>;

export interface ReadingSettings {
  readonly responseIds: IdForm;
  readonly defaultAlphabet: TextEncoding;
  readonly clock: Clock;
}

export function toSubmittedMessage(
  request: SubmitPdu,
  systemId: string,
  number: number,
  { responseIds, defaultAlphabet, clock }: ReadingSettings,
): SubmittedMessage {
  const { fields, tlvs, otherTlvs } = request;
  const isSubmit = request.command === 'submit_sm';
  const shortMessage = isSubmit ? request.fields.shortMessage : Buffer.alloc(0);
  const encoding = encodingOf(fields.dataCoding, defaultAlphabet) ?? 'latin1';
  return {
    number,
    messageId: formatId(number, responseIds),
    systemId,
    source: fields.sourceAddr,
    destination: fields.destinationAddr,
    ...readPart(fields.esmClass, shortMessage, tlvs, encoding),
    dataCoding: fields.dataCoding,
    esmClass: fields.esmClass,
    registeredDelivery: fields.registeredDelivery,
    validityPeriod: isSubmit ? request.fields.validityPeriod : '',
    tlvs: tlvs === NO_TLVS ? tlvs : (copyOctets(tlvs) as Tlvs),
    otherTlvs: otherTlvs.map(({ tag, value }) => ({ tag, value: Uint8Array.from(value) })),
    receivedAtMs: clock(),
    state: 'enroute',
  };
}

/** A decoded PDU's octets are views into what the socket read, all of which they would keep. */
function copyOctets(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(copyOctets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyOctets(inner)]));
}

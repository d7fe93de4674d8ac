/**
 * A message as the submit_sm requests that it takes: sender, alphabet, parts, parameters. It decides nothing about when and where
 * they go; the validity period is added then, because it counts from that moment.
 */
import { parsePhoneNumber } from '../../core/phone-number.ts';
import type { OutboundMessage } from '../../engine/ports.ts';
import { ESM_CLASS_UDHI, splitText } from '../../smpp/concatenation.ts';
import type { TextEncoding } from '../../smpp/encoding.ts';
import { canEncode, dataCodingOf } from '../../smpp/encoding.ts';
import type { FieldsOf } from '../../smpp/pdu-layouts.ts';
import type { RawTlv, Tlvs } from '../../smpp/tlvs.ts';
import { toDestinationAddress, toSourceAddress } from './addresses.ts';
import type { SmppSettings } from './settings.ts';
import { vendorTlvsFor } from './vendor-tlvs.ts';

export interface SubmitPart {
  readonly fields: Partial<FieldsOf<'submit_sm'>>;
  readonly tlvs: Tlvs;
  readonly otherTlvs: readonly RawTlv[];
}

const REGISTERED_DELIVERY = 1;

/**
 * @param reference names the message among the recipient's, where it has several parts
 * @throws RangeError where the text or an address does not fit
 */
export function toSubmitParts(
  message: OutboundMessage,
  settings: SmppSettings,
  reference: number,
): readonly SubmitPart[] {
  const { senders, sourceTon, sourceNpi, destTon, destNpi, tlvs: vendorTlvs = [] } = settings;
  const isCountryAsked = senders !== undefined || vendorTlvs.some(({ countries }) => countries !== undefined);
  const country = isCountryAsked ? countryOf(message.to) : undefined;
  const sender = message.sender ?? senders?.[country ?? ''] ?? settings.sender ?? '';
  const source = toSourceAddress(sender, { ton: sourceTon, npi: sourceNpi });
  const destination = toDestinationAddress(message.to, { ton: destTon, npi: destNpi });
  const { encoding, dataCoding } = pickEncoding(message.body, settings);
  const otherTlvs = vendorTlvsFor(vendorTlvs, { sender, template: message.template, country });
  const fields = {
    serviceType: settings.serviceType ?? '',
    sourceAddrTon: source.ton,
    sourceAddrNpi: source.npi,
    sourceAddr: source.address,
    destAddrTon: destination.ton,
    destAddrNpi: destination.npi,
    destinationAddr: destination.address,
    priorityFlag: settings.priority ?? 0,
    registeredDelivery: settings.registeredDelivery ?? REGISTERED_DELIVERY,
    dataCoding,
  };
  const { concatenation = 'udh8' } = settings;
  return splitText(message.body, { encoding, concatenation, reference }).map((part) => ({
    fields: { ...fields, esmClass: part.isUdhi ? ESM_CLASS_UDHI : 0, shortMessage: part.shortMessage },
    tlvs: part.tlvs,
    otherTlvs,
  }));
}

function countryOf(to: string): string | undefined {
  const parsed = parsePhoneNumber(to, { strictness: 'syntax' });
  return parsed.fault === undefined ? parsed.country : undefined;
}

/** The default alphabet where it holds the text, for it costs least; then Latin-1 where that is allowed; then UCS-2. */
function pickEncoding(
  text: string,
  { defaultAlphabet = 'gsm7', latin1 = false, dataCoding = {} }: SmppSettings,
): { readonly encoding: TextEncoding; readonly dataCoding: number } {
  if (canEncode(text, defaultAlphabet)) {
    return { encoding: defaultAlphabet, dataCoding: dataCoding.default ?? 0 };
  }
  if (latin1 && canEncode(text, 'latin1')) {
    return { encoding: 'latin1', dataCoding: dataCoding.latin1 ?? dataCodingOf('latin1') };
  }
  return { encoding: 'ucs2', dataCoding: dataCoding.ucs2 ?? dataCodingOf('ucs2') };
}

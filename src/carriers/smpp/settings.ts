/**
 * Settings of kind `smpp`, and the faults in them that a schema cannot say. Descriptions are what an editor shows;
 * docs/carriers/smpp.md says more.
 */
import { readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { SENDER_PATTERN } from '../../core/sender.ts';
import type { SettingsFault } from '../carrier-kind.ts';
import { VENDOR_TLV, vendorTlvFault } from './vendor-tlvs.ts';

/** Far beyond what one operator grants one customer. */
const BINDS_MAX = 64;
const WINDOW_MAX = 10_000;
const MESSAGES_PER_SECOND_MAX = 100_000;
/** The dispatcher gives a submit 20 s: the reason of a time-out must be ours to tell. */
const RESPONSE_TIMEOUT_SECONDS_MAX = 19;
const VALIDITY_SECONDS_MAX = 7 * 86_400;
const TLVS_MAX = 32;
/** What the field can say (SMPP 3.4 §7.1.1: `nn` is 00 to 48 quarter hours). */
const OFFSET_PATTERN = '^[+-](0\\d|1[01]):(00|15|30|45)$|^[+-]12:00$';

const OCTET = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 255, description }));
const PEM = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const SENDER = { pattern: SENDER_PATTERN, patternErrorMessage: 'must be a number, a short code or a name' };

const CONNECTION = {
  host: Type.String({ minLength: 1, description: 'The SMSC’s host name or address.' }),
  port: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 65_535, description: 'Its port; 2775 unless told.' }),
  ),
  systemId: Type.String({ minLength: 1, maxLength: 64, description: 'The system_id of the binds.' }),
  password: Type.String({ maxLength: 64, description: 'The password of the binds.' }),
  systemType: Type.Optional(
    Type.String({
      maxLength: 12,
      description: 'The system_type of the binds, where the operator wants one.',
    }),
  ),
  binds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: BINDS_MAX, description: 'Binds kept open at once; 1 unless told.' }),
  ),
  bindMode: Type.Optional(
    Type.Enum(['transceiver', 'transmitter+receiver'], {
      description: 'One connection for both ways, or one for each; `transceiver` unless told.',
    }),
  ),
  tls: Type.Optional(
    Type.Object(
      {
        ca: PEM('What the SMSC’s certificate is checked against: PEM, or the path of a PEM file.'),
        cert: PEM('Our certificate: PEM, or the path of a PEM file.'),
        key: PEM('The key of `cert`: PEM, or the path of a PEM file.'),
        servername: Type.Optional(
          Type.String({
            minLength: 1,
            description: 'The name in the SMSC’s certificate; `host` unless told.',
          }),
        ),
      },
      { additionalProperties: false, description: 'Connects by TLS; may be empty.' },
    ),
  ),
  enquireLinkSeconds: Type.Optional(
    Type.Number({
      minimum: 1,
      maximum: 3_600,
      description: 'Silence after which the link is checked; 30 unless told.',
    }),
  ),
};

const TRAFFIC = {
  window: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: WINDOW_MAX,
      description: 'Submits without an answer on each bind at most; 10 unless told.',
    }),
  ),
  messagesPerSecond: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: MESSAGES_PER_SECOND_MAX,
      description: 'Submits in any second over all binds at most. Without it: as fast as the answers come.',
    }),
  ),
  responseTimeoutSeconds: Type.Optional(
    Type.Number({
      minimum: 1,
      maximum: RESPONSE_TIMEOUT_SECONDS_MAX,
      description: 'Until a submit without an answer counts as unknown; 10 unless told.',
    }),
  ),
};

const MESSAGES = {
  defaultAlphabet: Type.Optional(
    Type.Enum(['gsm7', 'gsm7-packed', 'ascii', 'latin1'], {
      description: 'What data_coding 0 means to the SMSC; `gsm7` unless told.',
    }),
  ),
  latin1: Type.Optional(
    Type.Boolean({
      description:
        'Texts beyond the default alphabet go as Latin-1 where that holds them; false unless told.',
    }),
  ),
  dataCoding: Type.Optional(
    Type.Object(
      {
        default: OCTET('The data_coding of texts in the default alphabet; 0 unless told.'),
        latin1: OCTET('The data_coding of Latin-1; 3 unless told.'),
        ucs2: OCTET('The data_coding of UCS-2; 8 unless told.'),
      },
      { additionalProperties: false, description: 'The data_coding of each alphabet.' },
    ),
  ),
  concatenation: Type.Optional(
    Type.Enum(['udh8', 'udh16', 'sar', 'payload'], {
      description: 'How a text in several parts goes; `udh8` unless told.',
    }),
  ),
  sender: Type.Optional(
    Type.String({ ...SENDER, description: 'Sender of messages that name none, and have none by country.' }),
  ),
  senders: Type.Optional(
    Type.Record(Type.String({ pattern: '^[A-Z]{2}$' }), Type.String(SENDER), {
      description: 'Country of the recipient (ISO 3166-1, two letters) → sender of messages that name none.',
    }),
  ),
  sourceTon: OCTET('The type of number of every sender; by its form unless told.'),
  sourceNpi: OCTET('The numbering plan of every sender; by its form unless told.'),
  destTon: OCTET('The type of number of every recipient; 1 unless told.'),
  destNpi: OCTET('The numbering plan of every recipient; 1 unless told.'),
  serviceType: Type.Optional(
    Type.String({ maxLength: 5, description: 'The service_type of submits, where the operator wants one.' }),
  ),
  priority: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 3, description: 'The priority_flag of submits; 0 unless told.' }),
  ),
  validitySecondsMax: Type.Optional(
    Type.Integer({
      minimum: 30,
      maximum: VALIDITY_SECONDS_MAX,
      description: 'The longest validity_period. It never is longer than the message is of use.',
    }),
  ),
  validityPeriod: Type.Optional(
    Type.Enum(['relative', 'absolute'], {
      description:
        'How validity_period is written: counted from now, or as an instant; `relative` unless told.',
    }),
  ),
  validityOffset: Type.Optional(
    Type.String({
      pattern: OFFSET_PATTERN,
      patternErrorMessage: 'must be written as +05:30, in quarter hours up to twelve hours either way',
      description: 'The zone in which an absolute validity_period is written; +00:00 unless told.',
    }),
  ),
  tlvs: Type.Optional(
    Type.Array(VENDOR_TLV, { maxItems: TLVS_MAX, description: 'The operator’s own parameters of submits.' }),
  ),
};

const RECEIPTS = {
  registeredDelivery: OCTET('The registered_delivery of submits; 1, a receipt for each, unless told.'),
  messageIdForm: Type.Optional(
    Type.Enum(['exact', 'case-insensitive', 'no-leading-zeros', 'hex-then-decimal', 'decimal-then-hex'], {
      description: 'How a receipt’s message id equals that of the submit’s answer; `exact` unless told.',
    }),
  ),
};

export const SMPP_SETTINGS = Type.Object(
  { ...CONNECTION, ...TRAFFIC, ...MESSAGES, ...RECEIPTS },
  { additionalProperties: false },
);
export type SmppSettings = Static<typeof SMPP_SETTINGS>;
export type TlsSettings = NonNullable<SmppSettings['tls']>;

export function findSmppFaults(settings: SmppSettings): readonly SettingsFault[] {
  const { tls = {}, tlvs = [] } = settings;
  const faults: SettingsFault[] = [];
  if (settings.validityOffset !== undefined && settings.validityPeriod !== 'absolute') {
    faults.push({ path: 'validityOffset', problem: 'goes with validityPeriod: absolute' });
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    faults.push({ path: 'tls.key', problem: 'goes with tls.cert' });
  }
  for (const name of ['ca', 'cert', 'key'] as const) {
    const text = tls[name];
    if (text !== undefined && readPem(text) === undefined) {
      faults.push({ path: `tls.${name}`, problem: 'is neither PEM nor the path of a file that can be read' });
    }
  }
  tlvs.forEach((tlv, index) => {
    const problem = vendorTlvFault(tlv);
    if (problem !== undefined) faults.push({ path: `tlvs.${index}.value`, problem });
  });
  return faults;
}

/** Undefined where it is neither PEM nor a file with some. */
export function readPem(text: string): string | undefined {
  if (text.includes('-----BEGIN')) return text;
  try {
    const read = readFileSync(text, 'utf8');
    return read.includes('-----BEGIN') ? read : undefined;
  } catch {
    return undefined;
  }
}

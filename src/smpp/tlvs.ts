/**
 * Optional parameters (SMPP 3.4 §5.3, and 5.0's that can accompany 3.4's commands). An unknown tag, a repetition of what may
 * stand once, and an integer of the wrong length are kept as raw `otherTlvs`: none of them makes a PDU unreadable.
 */
import type { Cursor, FieldType } from './pdu-fields.ts';
import { cStringType, uint8Type, uint16Type, uint32Type } from './pdu-fields.ts';
import { SmppProtocolError } from './protocol-error.ts';

export interface RawTlv {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** ESME_RINVOPTPARSTREAM. */
const STATUS_INVALID_TLV_STREAM = 0xc0;
const HEADER_OCTETS = 4;
const VALUE_OCTETS_MAX = 0xffff;

interface TlvType<T> extends FieldType<T> {
  /** Lengths outside are read as raw TLVs. */
  readonly octetsMin: number;
  readonly octetsMax: number;
  readonly isRepeatable?: true;
}

const uint8: TlvType<number> = { ...uint8Type, octetsMin: 1, octetsMax: 1 };
const uint16: TlvType<number> = { ...uint16Type, octetsMin: 2, octetsMax: 2 };
const uint32: TlvType<number> = { ...uint32Type, octetsMin: 4, octetsMax: 4 };
/** The NUL may be missing and is not required: SMSCs disagree on whether a TLV's C-octet string carries one. */
function text(octetsMax: number): TlvType<string> {
  return { ...cStringType(octetsMax, true), octetsMin: 0, octetsMax: VALUE_OCTETS_MAX };
}

function octets(octetsMin: number, octetsMax: number): TlvType<Uint8Array> {
  return {
    octetsMin,
    octetsMax,
    initial: Buffer.alloc(0),
    size(value) {
      if (value.length < octetsMin || value.length > octetsMax) {
        throw new RangeError(`an optional parameter is outside ${octetsMin}–${octetsMax} octets`);
      }
      return value.length;
    },
    write(into, at, value) {
      into.set(value, at);
      return at + value.length;
    },
    read(cursor) {
      const value = cursor.octets.subarray(cursor.at, cursor.end);
      cursor.at = cursor.end;
      return value;
    },
  };
}

/** §5.3.2: callback_num and its companions, one of each per call-back number. */
function repeatable<T>(type: TlvType<T>): TlvType<T> & { readonly isRepeatable: true } {
  return { ...type, isRepeatable: true };
}

function tlv<T, Type extends TlvType<T>>(tag: number, type: Type & TlvType<T>) {
  return { tag, type };
}

export const TLVS = {
  destAddrSubunit: tlv(0x0005, uint8),
  destNetworkType: tlv(0x0006, uint8),
  destBearerType: tlv(0x0007, uint8),
  destTelematicsId: tlv(0x0008, uint16),
  sourceAddrSubunit: tlv(0x000d, uint8),
  sourceNetworkType: tlv(0x000e, uint8),
  sourceBearerType: tlv(0x000f, uint8),
  sourceTelematicsId: tlv(0x0010, uint8),
  qosTimeToLive: tlv(0x0017, uint32),
  payloadType: tlv(0x0019, uint8),
  additionalStatusInfoText: tlv(0x001d, text(256)),
  receiptedMessageId: tlv(0x001e, text(65)),
  msMsgWaitFacilities: tlv(0x0030, uint8),
  privacyIndicator: tlv(0x0201, uint8),
  sourceSubaddress: tlv(0x0202, octets(2, 23)),
  destSubaddress: tlv(0x0203, octets(2, 23)),
  userMessageReference: tlv(0x0204, uint16),
  userResponseCode: tlv(0x0205, uint8),
  sourcePort: tlv(0x020a, uint16),
  destinationPort: tlv(0x020b, uint16),
  sarMsgRefNum: tlv(0x020c, uint16),
  languageIndicator: tlv(0x020d, uint8),
  sarTotalSegments: tlv(0x020e, uint8),
  sarSegmentSeqnum: tlv(0x020f, uint8),
  scInterfaceVersion: tlv(0x0210, uint8),
  callbackNumPresInd: tlv(0x0302, repeatable(uint8)),
  callbackNumAtag: tlv(0x0303, repeatable(octets(0, 65))),
  numberOfMessages: tlv(0x0304, uint8),
  callbackNum: tlv(0x0381, repeatable(octets(4, 19))),
  dpfResult: tlv(0x0420, uint8),
  setDpf: tlv(0x0421, uint8),
  msAvailabilityStatus: tlv(0x0422, uint8),
  networkErrorCode: tlv(0x0423, octets(3, 3)),
  messagePayload: tlv(0x0424, octets(0, VALUE_OCTETS_MAX)),
  deliveryFailureReason: tlv(0x0425, uint8),
  moreMessagesToSend: tlv(0x0426, uint8),
  messageState: tlv(0x0427, uint8),
  congestionState: tlv(0x0428, uint8),
  ussdServiceOp: tlv(0x0501, octets(1, 1)),
  billingIdentification: tlv(0x060b, octets(1, 1024)),
  sourceNetworkId: tlv(0x060d, text(65)),
  destNetworkId: tlv(0x060e, text(65)),
  sourceNodeId: tlv(0x060f, octets(6, 6)),
  destNodeId: tlv(0x0610, octets(6, 6)),
  destAddrNpResolution: tlv(0x0611, uint8),
  destAddrNpInformation: tlv(0x0612, octets(10, 10)),
  destAddrNpCountry: tlv(0x0613, octets(1, 5)),
  displayTime: tlv(0x1201, uint8),
  smsSignal: tlv(0x1203, uint16),
  msValidity: tlv(0x1204, octets(1, 4)),
  /** Empty in 3.4 (§5.3.2.41), one octet in 5.0. */
  alertOnMessageDelivery: tlv(0x130c, octets(0, 1)),
  itsReplyType: tlv(0x1380, uint8),
  itsSessionInfo: tlv(0x1383, octets(2, 2)),
};

type TlvTable = typeof TLVS;
export type TlvName = keyof TlvTable;
type ValueOf<T> = T extends { readonly type: infer Type }
  ? Type extends { readonly initial: infer V; readonly isRepeatable: true }
    ? readonly V[]
    : Type extends { readonly initial: infer V }
      ? V
      : never
  : never;

export type Tlvs = { readonly [N in TlvName]?: ValueOf<TlvTable[N]> };

interface Entry {
  readonly name: TlvName;
  readonly tag: number;
  readonly type: TlvType<unknown>;
}
const entries: readonly Entry[] = Object.entries(TLVS).map(([name, { tag, type }]) => ({
  name: name as TlvName,
  tag,
  type: type as TlvType<unknown>,
}));
const entryByTag: ReadonlyMap<number, Entry> = new Map(entries.map((entry) => [entry.tag, entry]));
const entryByName: ReadonlyMap<string, Entry> = new Map(entries.map((entry) => [entry.name, entry]));

/** Most PDUs have none: they share these. */
export const NO_TLVS: Tlvs = Object.freeze({});
export const NO_OTHER_TLVS: readonly RawTlv[] = Object.freeze([]);

function entryOf(name: string): Entry {
  const entry = entryByName.get(name);
  if (entry === undefined) throw new RangeError(`no optional parameter is named ${name}`);
  return entry;
}

export function sizeTlvs(tlvs: Tlvs, others: readonly RawTlv[]): number {
  let size = 0;
  for (const [name, value] of Object.entries(tlvs)) {
    if (value === undefined) continue;
    const { type } = entryOf(name);
    const values: readonly unknown[] = type.isRepeatable ? (value as readonly unknown[]) : [value];
    for (const one of values) size += HEADER_OCTETS + type.size(one);
  }
  for (const { tag, value } of others) {
    if (value.length > VALUE_OCTETS_MAX) throw new RangeError('an optional parameter is too long');
    if (!Number.isInteger(tag) || tag < 0 || tag > 0xffff) throw new RangeError('a tag is outside 0–65535');
    size += HEADER_OCTETS + value.length;
  }
  return size;
}

export function writeTlvs(into: Buffer, start: number, tlvs: Tlvs, others: readonly RawTlv[]): number {
  let at = start;
  for (const [name, value] of Object.entries(tlvs)) {
    if (value === undefined) continue;
    const { tag, type } = entryOf(name);
    const values: readonly unknown[] = type.isRepeatable ? (value as readonly unknown[]) : [value];
    for (const one of values) {
      const after = type.write(into, at + HEADER_OCTETS, one);
      into.writeUInt16BE(tag, at);
      into.writeUInt16BE(after - at - HEADER_OCTETS, at + 2);
      at = after;
    }
  }
  for (const { tag, value } of others) {
    into.writeUInt16BE(tag, at);
    into.writeUInt16BE(value.length, at + 2);
    into.set(value, at + HEADER_OCTETS);
    at += HEADER_OCTETS + value.length;
  }
  return at;
}

/** Reads up to the cursor's end. @throws SmppProtocolError if a length reaches beyond it. */
export function readTlvs(cursor: Cursor): { readonly tlvs: Tlvs; readonly otherTlvs: readonly RawTlv[] } {
  const tlvs: Record<string, unknown> = {};
  let otherTlvs: RawTlv[] | undefined;
  while (cursor.at < cursor.end) {
    const { octets: pdu, at } = cursor;
    if (at + HEADER_OCTETS > cursor.end) throw invalidStream();
    const tag = pdu.readUInt16BE(at);
    const end = at + HEADER_OCTETS + pdu.readUInt16BE(at + 2);
    if (end > cursor.end) throw invalidStream();
    const entry = entryByTag.get(tag);
    if (entry === undefined || !readKnown(tlvs, entry, { octets: pdu, at: at + HEADER_OCTETS, end })) {
      otherTlvs ??= [];
      otherTlvs.push({ tag, value: pdu.subarray(at + HEADER_OCTETS, end) });
    }
    cursor.at = end;
  }
  return { tlvs, otherTlvs: otherTlvs ?? NO_OTHER_TLVS };
}

/** False: keep it raw. */
function readKnown(tlvs: Record<string, unknown>, { name, type }: Entry, value: Cursor): boolean {
  const length = value.end - value.at;
  if (length < type.octetsMin || length > type.octetsMax) return false;
  const earlier = tlvs[name];
  if (earlier !== undefined && !type.isRepeatable) return false;
  const read = type.read(value);
  // What follows a NUL inside a string would be lost if the string were kept.
  if (value.at !== value.end) return false;
  if (!type.isRepeatable) tlvs[name] = read;
  else if (Array.isArray(earlier)) earlier.push(read);
  else tlvs[name] = [read];
  return true;
}

function invalidStream(): SmppProtocolError {
  return new SmppProtocolError('an optional parameter reaches beyond the PDU', {
    status: STATUS_INVALID_TLV_STREAM,
  });
}

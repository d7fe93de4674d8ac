/**
 * PDUs between octets and objects, driven by the tables of pdu-layouts.ts and tlvs.ts. Octet fields of a decoded PDU are views
 * into the frame that it came from: whoever keeps one for long copies it. Where PDUs begin and end in a stream is framing.ts's.
 */
import type { Cursor, Field } from './pdu-fields.ts';
import type { CommandName, FieldsOf } from './pdu-layouts.ts';
import { LAYOUTS, RESPONSE_BIT } from './pdu-layouts.ts';
import { SmppProtocolError } from './protocol-error.ts';
import type { RawTlv, Tlvs } from './tlvs.ts';
import { NO_OTHER_TLVS, NO_TLVS, readTlvs, sizeTlvs, writeTlvs } from './tlvs.ts';

export const HEADER_OCTETS = 16;

/**
 * The largest PDU that is read or written unless told otherwise: a message_payload of 65,535 octets, 254 destinations
 * of 24 octets and the other fields of a submit_multi, with room for vendors' own parameters.
 */
export const PDU_OCTETS_MAX = 80 * 1024;

/** ESME_RINVCMDLEN and ESME_RINVCMDID. */
const STATUS_INVALID_COMMAND_LENGTH = 0x02;
const STATUS_INVALID_COMMAND_ID = 0x03;

interface PduOf<C extends CommandName> {
  readonly command: C;
  /** command_status: 0 in requests and in positive responses. */
  readonly status: number;
  readonly sequence: number;
  readonly fields: FieldsOf<C>;
  readonly tlvs: Tlvs;
  /** Optional parameters of unknown tags, repeated or of unexpected length. */
  readonly otherTlvs: readonly RawTlv[];
}
/** A decoded PDU; `command` tells which. */
export type Pdu<C extends CommandName = CommandName> = C extends CommandName ? PduOf<C> : never;

interface OutgoingPduOf<C extends CommandName> {
  readonly command: C;
  readonly status?: number;
  readonly sequence: number;
  /** Fields left out have their initial value. A failed response without fields has no body (§4.4.2). */
  readonly fields?: Partial<FieldsOf<C>>;
  readonly tlvs?: Tlvs;
  readonly otherTlvs?: readonly RawTlv[];
}
export type OutgoingPdu<C extends CommandName = CommandName> = C extends CommandName
  ? OutgoingPduOf<C>
  : never;

/** A layout made ready for the hot path: parallel arrays, and an object of the right shape to copy. */
interface Codec {
  readonly command: CommandName;
  readonly id: number;
  readonly isResponse: boolean;
  readonly fields: readonly Field<string, unknown>[];
  readonly initial: Readonly<Record<string, unknown>>;
}

function compile(command: CommandName): Codec {
  const { id, fields } = LAYOUTS[command];
  const initial = Object.freeze(Object.fromEntries(fields.map((field) => [field.name, field.initial])));
  return { command, id, isResponse: id >= RESPONSE_BIT, fields, initial };
}

const codecs: readonly Codec[] = (Object.keys(LAYOUTS) as CommandName[]).map(compile);
const codecByCommand: ReadonlyMap<CommandName, Codec> = new Map(
  codecs.map((codec) => [codec.command, codec]),
);
const codecById: ReadonlyMap<number, Codec> = new Map(codecs.map((codec) => [codec.id, codec]));

/**
 * @throws RangeError if a value does not fit its field or the whole is more than `octetsMax`; the message holds no value.
 */
export function encodePdu<C extends CommandName>(
  pdu: OutgoingPdu<C> | OutgoingPdu,
  octetsMax = PDU_OCTETS_MAX,
): Buffer {
  const codec = codecByCommand.get(pdu.command);
  if (codec === undefined) throw new RangeError('no such command');
  const { status = 0, sequence, tlvs = NO_TLVS, otherTlvs = NO_OTHER_TLVS } = pdu;
  const values = pdu.fields as Readonly<Record<string, unknown>> | undefined;
  const fields = values === undefined && codec.isResponse && status !== 0 ? [] : codec.fields;
  const given = values ?? codec.initial;
  const hasTlvs = tlvs !== NO_TLVS || otherTlvs.length > 0;
  let length = HEADER_OCTETS;
  for (const field of fields) length += field.size(given[field.name] ?? field.initial);
  if (hasTlvs) length += sizeTlvs(tlvs, otherTlvs);
  if (length > octetsMax) throw new RangeError(`the PDU is longer than ${octetsMax} octets`);
  const octets = Buffer.allocUnsafe(length);
  octets.writeUInt32BE(length, 0);
  octets.writeUInt32BE(codec.id, 4);
  octets.writeUInt32BE(status, 8);
  octets.writeUInt32BE(sequence, 12);
  let at = HEADER_OCTETS;
  for (const field of fields) at = field.write(octets, at, given[field.name] ?? field.initial);
  if (hasTlvs) writeTlvs(octets, at, tlvs, otherTlvs);
  return octets;
}

/**
 * Reads a frame that is exactly one PDU.
 * @throws SmppProtocolError and nothing else, whatever the octets.
 */
export function decodePdu(frame: Buffer): Pdu {
  if (frame.length < HEADER_OCTETS || frame.readUInt32BE(0) !== frame.length) {
    throw new SmppProtocolError('command_length is not the length of the PDU', {
      status: STATUS_INVALID_COMMAND_LENGTH,
      isFramingLost: true,
    });
  }
  const id = frame.readUInt32BE(4);
  const sequence = frame.readUInt32BE(12);
  const codec = codecById.get(id);
  if (codec === undefined) {
    throw new SmppProtocolError(`unknown command 0x${id.toString(16).padStart(8, '0')}`, {
      status: STATUS_INVALID_COMMAND_ID,
      commandId: id,
      sequence,
    });
  }
  try {
    return decodeBody(codec, frame, sequence);
  } catch (error) {
    if (error instanceof SmppProtocolError) {
      error.commandId = id;
      error.sequence = sequence;
    }
    throw error;
  }
}

function decodeBody(codec: Codec, frame: Buffer, sequence: number): Pdu {
  const cursor: Cursor = { octets: frame, at: HEADER_OCTETS, end: frame.length };
  const status = frame.readUInt32BE(8);
  let values: Record<string, unknown> = codec.initial;
  // A response may come without its body: §4.4.2 says so for failures, and many SMSCs do it for deliver_sm_resp.
  if (!(codec.isResponse && frame.length === HEADER_OCTETS)) {
    values = { ...codec.initial };
    for (const field of codec.fields) values[field.name] = field.read(cursor);
  }
  const hasTlvs = cursor.at < cursor.end;
  const { tlvs, otherTlvs } = hasTlvs ? readTlvs(cursor) : { tlvs: NO_TLVS, otherTlvs: NO_OTHER_TLVS };
  // The table gave both the name and the readers, so the fields are those of the command.
  return { command: codec.command, status, sequence, fields: values, tlvs, otherTlvs } as Pdu;
}

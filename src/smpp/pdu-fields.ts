/**
 * How one field of a PDU is measured, written and read (SMPP 3.4 §3.1). Which fields a PDU has stands in pdu-layouts.ts.
 * Reading is more liberal than writing: a C-octet string from a peer may be longer than the specification's
 * size, because the PDU itself is bounded and operators exceed the sizes; one that we write may not.
 */
import { SmppProtocolError } from './protocol-error.ts';

/** ESME_RINVCMDLEN: the command length does not hold what it must. */
const STATUS_INVALID_COMMAND_LENGTH = 0x02;
/** ESME_RINVMSGLEN. */
const STATUS_INVALID_MESSAGE_LENGTH = 0x01;
/** ESME_RINVNUMDESTS. */
const STATUS_INVALID_DESTINATIONS = 0x33;
/** ESME_RINVDESTFLAG. */
const STATUS_INVALID_DESTINATION_FLAG = 0x40;

/** A position in one PDU. `end` is never beyond the PDU's last octet. */
export interface Cursor {
  readonly octets: Buffer;
  at: number;
  readonly end: number;
}

/** One value's form on the wire. `read` advances the cursor; `write` returns the position after the value. */
export interface FieldType<T> {
  readonly initial: T;
  /** @throws RangeError if the value does not fit. */
  size(value: T): number;
  write(into: Buffer, at: number, value: T): number;
  /** @throws SmppProtocolError if the value reaches beyond the PDU. */
  read(cursor: Cursor): T;
}

export interface Field<Name extends string, T> extends FieldType<T> {
  readonly name: Name;
}

function field<const Name extends string, T>(name: Name, type: FieldType<T>): Field<Name, T> {
  return { name, ...type };
}

function beyondEnd(what: string): SmppProtocolError {
  return new SmppProtocolError(`the PDU ends inside ${what}`, { status: STATUS_INVALID_COMMAND_LENGTH });
}

/** An unsigned big-endian integer. */
function integer(octets: 1 | 2 | 4, initial = 0): FieldType<number> {
  const max = 2 ** (octets * 8) - 1;
  return {
    initial,
    size(value) {
      if (!Number.isInteger(value) || value < 0 || value > max) {
        throw new RangeError(`an integer of ${octets} octets is outside 0–${max}`);
      }
      return octets;
    },
    write(into, at, value) {
      if (octets === 1) into[at] = value;
      else if (octets === 2) into.writeUInt16BE(value, at);
      else into.writeUInt32BE(value, at);
      return at + octets;
    },
    read(cursor) {
      const at = cursor.at;
      if (at + octets > cursor.end) throw beyondEnd('an integer');
      cursor.at = at + octets;
      if (octets === 1) return cursor.octets[at] ?? 0;
      return octets === 2 ? cursor.octets.readUInt16BE(at) : cursor.octets.readUInt32BE(at);
    },
  };
}

export const uint8Type = integer(1);
export const uint16Type = integer(2);
export const uint32Type = integer(4);

/**
 * A C-octet string: Latin-1 characters and a NUL. `octetsMax` counts the NUL, as the specification's sizes do.
 * With `mayLackNul`, a string that is the PDU's last field may end with the PDU: SMSCs are seen to drop the NUL of message_id.
 */
export function cStringType(octetsMax: number, mayLackNul = false): FieldType<string> {
  return {
    initial: '',
    size(value) {
      if (value.length >= octetsMax) throw new RangeError(`a string is longer than ${octetsMax - 1} octets`);
      return value.length + 1;
    },
    write(into, at, value) {
      const length = value.length;
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code === 0 || code > 0xff)
          throw new RangeError('a string holds NUL or a character beyond Latin-1');
        into[at + i] = code;
      }
      into[at + length] = 0;
      return at + length + 1;
    },
    read(cursor) {
      const { octets, end, at: start } = cursor;
      let at = start;
      while (at < end && octets[at] !== 0) at++;
      if (at === end && !mayLackNul) throw beyondEnd('a C-octet string');
      cursor.at = at === end ? at : at + 1;
      return at === start ? '' : octets.toString('latin1', start, at);
    },
  };
}

const NO_OCTETS: Uint8Array = Buffer.alloc(0);

/** sm_length and short_message: one octet of length, then that many. §5.2.21 allows 254; 255 is read all the same. */
const shortMessageType: FieldType<Uint8Array> = {
  initial: NO_OCTETS,
  size(value) {
    if (value.length > 254) throw new RangeError('short_message is longer than 254 octets');
    return value.length + 1;
  },
  write(into, at, value) {
    into[at] = value.length;
    into.set(value, at + 1);
    return at + 1 + value.length;
  },
  read(cursor) {
    const length = uint8Type.read(cursor);
    if (length === 0) return NO_OCTETS;
    const start = cursor.at;
    if (start + length > cursor.end) {
      throw new SmppProtocolError('sm_length reaches beyond the PDU', {
        status: STATUS_INVALID_MESSAGE_LENGTH,
      });
    }
    cursor.at = start + length;
    return cursor.octets.subarray(start, start + length);
  },
};

/** One entry of submit_multi's destinations (§4.5.1.1): an SME's address or the name of a distribution list. */
export type Destination =
  | { readonly kind: 'address'; readonly ton: number; readonly npi: number; readonly address: string }
  | { readonly kind: 'list'; readonly name: string };

/** One entry of submit_multi_resp's failures (§4.5.2.1). */
export interface UnsuccessfulDelivery {
  readonly ton: number;
  readonly npi: number;
  readonly address: string;
  readonly status: number;
}

const addressType = cStringType(21);
const DESTINATION_IS_ADDRESS = 1;
const DESTINATION_IS_LIST = 2;

/** number_of_dests is one octet, of which §5.2.24 allows 254. */
const destinationsType: FieldType<readonly Destination[]> = {
  initial: [],
  size(value) {
    if (value.length > 254) throw new RangeError('more than 254 destinations');
    let size = 1;
    for (const entry of value) {
      size +=
        1 + (entry.kind === 'list' ? addressType.size(entry.name) : 2 + addressType.size(entry.address));
    }
    return size;
  },
  write(into, start, value) {
    let at = uint8Type.write(into, start, value.length);
    for (const entry of value) {
      if (entry.kind === 'list') {
        at = uint8Type.write(into, at, DESTINATION_IS_LIST);
        at = addressType.write(into, at, entry.name);
        continue;
      }
      at = uint8Type.write(into, at, DESTINATION_IS_ADDRESS);
      at = uint8Type.write(into, at, entry.ton);
      at = uint8Type.write(into, at, entry.npi);
      at = addressType.write(into, at, entry.address);
    }
    return at;
  },
  read(cursor) {
    const count = uint8Type.read(cursor);
    // The smallest entry, an empty list name, is two octets: a count that cannot be true costs no allocation.
    if (count * 2 > cursor.end - cursor.at) {
      throw new SmppProtocolError('number_of_dests is more than the PDU holds', {
        status: STATUS_INVALID_DESTINATIONS,
      });
    }
    return Array.from({ length: count }, () => readDestination(cursor));
  },
};

function readDestination(cursor: Cursor): Destination {
  const flag = uint8Type.read(cursor);
  if (flag === DESTINATION_IS_LIST) return { kind: 'list', name: addressType.read(cursor) };
  if (flag !== DESTINATION_IS_ADDRESS) {
    throw new SmppProtocolError('dest_flag is neither 1 nor 2', { status: STATUS_INVALID_DESTINATION_FLAG });
  }
  const ton = uint8Type.read(cursor);
  const npi = uint8Type.read(cursor);
  return { kind: 'address', ton, npi, address: addressType.read(cursor) };
}

const unsuccessfulType: FieldType<readonly UnsuccessfulDelivery[]> = {
  initial: [],
  size(value) {
    if (value.length > 255) throw new RangeError('more than 255 unsuccessful deliveries');
    return value.reduce((size, entry) => size + 6 + addressType.size(entry.address), 1);
  },
  write(into, start, value) {
    let at = uint8Type.write(into, start, value.length);
    for (const entry of value) {
      at = uint8Type.write(into, at, entry.ton);
      at = uint8Type.write(into, at, entry.npi);
      at = addressType.write(into, at, entry.address);
      at = uint32Type.write(into, at, entry.status);
    }
    return at;
  },
  read(cursor) {
    const count = uint8Type.read(cursor);
    if (count * 7 > cursor.end - cursor.at) throw beyondEnd('the unsuccessful deliveries');
    return Array.from({ length: count }, () => {
      const ton = uint8Type.read(cursor);
      const npi = uint8Type.read(cursor);
      const address = addressType.read(cursor);
      return { ton, npi, address, status: uint32Type.read(cursor) };
    });
  },
};

export const uint8 = <const N extends string>(name: N, initial = 0) => field(name, integer(1, initial));
export const cString = <const N extends string>(name: N, octetsMax: number) =>
  field(name, cStringType(octetsMax));
export const messageId = () => field('messageId', cStringType(65, true));
export const shortMessage = () => field('shortMessage', shortMessageType);
export const destinations = () => field('destinations', destinationsType);
export const unsuccessful = () => field('unsuccessful', unsuccessfulType);

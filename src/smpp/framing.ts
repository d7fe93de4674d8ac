/**
 * Cuts a byte stream into PDUs by their command_length (SMPP 3.4 §3.2). It holds at most one incomplete PDU beside the chunk
 * that it was given last, and knows nothing of a PDU's contents.
 */
import { HEADER_OCTETS, PDU_OCTETS_MAX } from './pdu.ts';
import { SmppProtocolError } from './protocol-error.ts';

const LENGTH_OCTETS = 4;
/** ESME_RINVCMDLEN. */
const STATUS_INVALID_COMMAND_LENGTH = 0x02;

export class PduFramer {
  readonly #octetsMax: number;
  /** The beginning of a PDU whose end has not come; memory grows with what came, not with what was announced. */
  #partial: Buffer = Buffer.alloc(0);
  #partialOctets = 0;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(octetsMax = PDU_OCTETS_MAX) {
    this.#octetsMax = octetsMax;
  }

  /** Octets held, whole PDUs included. */
  get bufferedOctets(): number {
    return this.#partialOctets + this.#chunk.length - this.#at;
  }

  /** Gives the next chunk. Every whole PDU of the one before must have been taken. */
  push(chunk: Buffer): void {
    if (this.#at < this.#chunk.length) {
      this.#chunk = Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    } else this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * Takes the next whole PDU, or undefined if more octets are needed.
   * @throws SmppProtocolError (framing lost) if the length is impossible; every later call throws it as well.
   */
  next(): Buffer | undefined {
    if (this.#partialOctets > 0) return this.#completePartial();
    const available = this.#chunk.length - this.#at;
    if (available >= LENGTH_OCTETS) {
      const length = this.#checkLength(this.#chunk.readUInt32BE(this.#at));
      if (available >= length) {
        const frame = this.#chunk.subarray(this.#at, this.#at + length);
        this.#at += length;
        return frame;
      }
    }
    this.#keep(available);
    return undefined;
  }

  #completePartial(): Buffer | undefined {
    if (this.#partialOctets < LENGTH_OCTETS) this.#keep(LENGTH_OCTETS - this.#partialOctets);
    if (this.#partialOctets < LENGTH_OCTETS) return undefined;
    const length = this.#checkLength(this.#partial.readUInt32BE(0));
    this.#keep(length - this.#partialOctets);
    if (this.#partialOctets < length) return undefined;
    const frame = this.#partial.subarray(0, length);
    this.#partial = Buffer.alloc(0);
    this.#partialOctets = 0;
    return frame;
  }

  /** Moves up to that many octets of the chunk into the partial PDU. */
  #keep(octets: number): void {
    const count = Math.min(octets, this.#chunk.length - this.#at);
    if (count <= 0) return;
    const needed = this.#partialOctets + count;
    if (needed > this.#partial.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#partial.length * 2, 64));
      this.#partial.copy(grown, 0, 0, this.#partialOctets);
      this.#partial = grown;
    }
    this.#chunk.copy(this.#partial, this.#partialOctets, this.#at, this.#at + count);
    this.#partialOctets = needed;
    this.#at += count;
  }

  #checkLength(length: number): number {
    if (length >= HEADER_OCTETS && length <= this.#octetsMax) return length;
    throw new SmppProtocolError(`command_length ${length} is outside ${HEADER_OCTETS}–${this.#octetsMax}`, {
      status: STATUS_INVALID_COMMAND_LENGTH,
      isFramingLost: true,
    });
  }
}

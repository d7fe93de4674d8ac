/**
 * UUIDs: makes version 7, which sort by birth and so keep B-trees compact, and reads any version. Ids are not
 * secrets: 62 random bits make a stranger's id impractical to guess, but nothing may rest on that.
 */
import type { RandomBytes } from './random.ts';
import type { Clock } from './time.ts';

export type MakeUuid = () => string;

// RFC 9562 §6.2 method 1: `rand_a` is a 12-bit counter that starts each millisecond at 11 random bits, which
// leaves at least 2048 increments before it borrows the next millisecond.
const COUNTER_MAX = 0xfff;
const COUNTER_SEED_MASK = 0x7ff;
const RANDOM_BYTES_PER_ID = 8;
// One draw serves this many ids: the cost of an id is then mostly its string (about 0.3 µs).
const IDS_PER_DRAW = 256;
const VARIANT_DIGITS = '89ab';

/**
 * Strictly increasing within one maker, also when the clock stands still or steps back: it then counts on from the
 * latest millisecond that it has used.
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export function createUuidMaker(clock: Clock, randomBytes: RandomBytes): MakeUuid {
  let pool: Buffer = Buffer.alloc(0);
  let offset = 0;
  let lastMs = -1;
  let counter = 0;
  let prefix = '';

  const startMillisecond = (ms: number, seed: number) => {
    lastMs = ms;
    counter = seed & COUNTER_SEED_MASK;
    const hex = ms.toString(16).padStart(12, '0');
    prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
  };

  return () => {
    if (offset === pool.length) {
      pool = Buffer.from(randomBytes(RANDOM_BYTES_PER_ID * IDS_PER_DRAW));
      offset = 0;
    }
    const random = pool.toString('hex', offset, offset + RANDOM_BYTES_PER_ID);
    // The counter's seed reuses drawn bytes: it only spreads, `rand_b` alone keeps two processes apart.
    // The first byte's high bits become the variant, so its low six bits and the 56 bits after it are `rand_b`.
    const first = pool[offset] ?? 0;
    const now = clock();
    if (now > lastMs) startMillisecond(now, pool.readUInt16BE(offset + 6) ^ pool.readUInt16BE(offset + 4));
    else if (counter === COUNTER_MAX) startMillisecond(lastMs + 1, 0);
    else counter += 1;
    offset += RANDOM_BYTES_PER_ID;
    return `${prefix}${counter.toString(16).padStart(3, '0')}-${VARIANT_DIGITS[(first >> 4) & 3]}${random.slice(1, 4)}-${random.slice(4)}`;
  };
}

/** The first 122 free bits of a hash as a UUID of version 8 (RFC 9562 §5.8): an id that no table has to remember. */
export function uuidFromHash(hash: Uint8Array): string {
  const bytes = Buffer.from(hash.subarray(0, 16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_CHARACTERS = 36;

/** Any version, any case; the answer is lower-case. Anything else, whatever its type, is undefined. */
export function parseUuid(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length !== UUID_CHARACTERS) return undefined;
  const canonical = text.toLowerCase();
  return UUID.test(canonical) ? canonical : undefined;
}

/**
 * fast-check arbitraries of SMPP PDUs, derived from the library's own tables, so that a command or parameter that is added is tested
 * without a line here.
 */
import fc from 'fast-check';
import type { OutgoingPdu } from '../../src/smpp/pdu.ts';
import type { Field, FieldType } from '../../src/smpp/pdu-fields.ts';
import type { CommandName } from '../../src/smpp/pdu-layouts.ts';
import { LAYOUTS } from '../../src/smpp/pdu-layouts.ts';
import type { RawTlv } from '../../src/smpp/tlvs.ts';
import { TLVS } from '../../src/smpp/tlvs.ts';

function accepts<T>(type: FieldType<T>, value: T): boolean {
  try {
    type.size(value);
    return true;
  } catch {
    return false;
  }
}

function longest(type: FieldType<string>): number {
  let length = 0;
  while (accepts(type, 'x'.repeat(length + 1))) length++;
  return length;
}

/** One seed for every property, so that a run can be repeated. */
fc.configureGlobal({ seed: 20_240_601 });

/** Objects as literals are, for deepEqual. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const octets = (minLength: number, maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength, maxLength }).map((value) => Buffer.from(value));
const latin1 = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength });
const octet = fc.integer({ min: 0, max: 255 });

const destination = fc.oneof(
  record({ kind: fc.constant('address' as const), ton: octet, npi: octet, address: latin1(20) }),
  record({ kind: fc.constant('list' as const), name: latin1(20) }),
);
const unsuccessful = record({
  ton: octet,
  npi: octet,
  address: latin1(20),
  status: fc.integer({ min: 0, max: 0xffffffff }),
});

function fieldValue(field: Field<string, unknown>): fc.Arbitrary<unknown> {
  if (field.name === 'destinations') return fc.array(destination, { maxLength: 254 });
  if (field.name === 'unsuccessful') return fc.array(unsuccessful, { maxLength: 255 });
  if (typeof field.initial === 'string') return latin1(longest(field as FieldType<string>));
  return typeof field.initial === 'number' ? octet : octets(0, 254);
}

interface TlvShape extends FieldType<unknown> {
  readonly octetsMin: number;
  readonly octetsMax: number;
  readonly isRepeatable?: true;
}

function tlvValue(type: TlvShape): fc.Arbitrary<unknown> {
  const one: fc.Arbitrary<unknown> =
    typeof type.initial === 'number'
      ? fc.integer({ min: 0, max: 2 ** (8 * type.octetsMax) - 1 })
      : typeof type.initial === 'string'
        ? latin1(longest(type as FieldType<string>))
        : octets(type.octetsMin, Math.min(type.octetsMax, 300));
  return type.isRepeatable ? fc.array(one, { minLength: 1, maxLength: 3 }) : one;
}

const tlvs = fc.record(
  Object.fromEntries(Object.entries(TLVS).map(([name, { type }]) => [name, tlvValue(type as TlvShape)])),
  { requiredKeys: [], noNullPrototype: true },
);
const knownTags = new Set(Object.values(TLVS).map(({ tag }) => tag));
const otherTlvs: fc.Arbitrary<readonly RawTlv[]> = fc.array(
  record({
    tag: fc.integer({ min: 0, max: 0xffff }).filter((tag) => !knownTags.has(tag)),
    value: octets(0, 40),
  }),
  { maxLength: 3 },
);

export const commandNames = Object.keys(LAYOUTS) as readonly CommandName[];

/** A PDU of the command with every field given, as decoding returns it. */
export function arbitraryPdu(command: CommandName): fc.Arbitrary<OutgoingPdu> {
  const fields: readonly Field<string, unknown>[] = LAYOUTS[command].fields;
  return record({
    command: fc.constant(command),
    status: fc.integer({ min: 0, max: 0xffffffff }),
    sequence: fc.integer({ min: 0, max: 0xffffffff }),
    fields: record(Object.fromEntries(fields.map((field) => [field.name, fieldValue(field)]))),
    tlvs: fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 3, arbitrary: tlvs }),
    otherTlvs,
  }) as unknown as fc.Arbitrary<OutgoingPdu>;
}

export const anyPdu: fc.Arbitrary<OutgoingPdu> = fc.oneof(...commandNames.map(arbitraryPdu));

/**
 * The operator's own parameters of submits, such as India's registered entity and template ids: a value for all messages, or
 * one for each sender or template. What an operator means by a tag is not known here.
 */
import { type Static, Type } from 'typebox';
import type { RawTlv } from '../../smpp/tlvs.ts';

const VALUE_CHARACTERS_MAX = 255;
const NAMES_MAX = 1_000;
const VALUE = { maxLength: VALUE_CHARACTERS_MAX };
const VALUES = (description: string) =>
  Type.Optional(
    Type.Record(Type.String({ minLength: 1 }), Type.String(VALUE), { maxProperties: NAMES_MAX, description }),
  );

export const VENDOR_TLV = Type.Object(
  {
    tag: Type.Integer({ minimum: 0, maximum: 0xffff, description: 'The tag, such as 0x1400.' }),
    type: Type.Optional(
      Type.Enum(['text', 'c-text', 'hex', 'uint8', 'uint16', 'uint32'], {
        description: 'Text, text that ends in NUL, octets in hexadecimal, or a number; `text` unless told.',
      }),
    ),
    value: Type.Optional(Type.String({ ...VALUE, description: 'The value where no other is found.' })),
    bySender: VALUES('Sender of the message → value.'),
    byTemplate: VALUES('Name of the template that the text was made from → value, before `bySender`.'),
    countries: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), {
        minItems: 1,
        uniqueItems: true,
        description: 'Countries of the recipients (ISO 3166-1) whose messages bear it; all unless told.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type VendorTlv = Static<typeof VENDOR_TLV>;

export interface TlvSubject {
  readonly sender: string;
  readonly template?: string | undefined;
  readonly country?: string | undefined;
}

/** Those for which there is a value; the others are left out. */
export function vendorTlvsFor(configured: readonly VendorTlv[], subject: TlvSubject): readonly RawTlv[] {
  const { sender, template, country } = subject;
  return configured.flatMap((tlv) => {
    if (tlv.countries !== undefined && !tlv.countries.includes(country ?? '')) return [];
    const text = own(tlv.byTemplate, template) ?? own(tlv.bySender, sender) ?? tlv.value;
    const value = text === undefined ? undefined : toOctets(text, tlv.type);
    return value === undefined ? [] : [{ tag: tlv.tag, value }];
  });
}

/** What is wrong with its values, if anything is. */
export function vendorTlvFault(tlv: VendorTlv): string | undefined {
  const values = [tlv.value, ...Object.values(tlv.bySender ?? {}), ...Object.values(tlv.byTemplate ?? {})];
  const given = values.filter((value) => value !== undefined);
  if (given.length === 0) return 'is missing, and so are bySender and byTemplate';
  const { type = 'text' } = tlv;
  return given.every((value) => toOctets(value, type) !== undefined)
    ? undefined
    : `must be ${type} here, and in bySender and byTemplate`;
}

function own(values: Readonly<Record<string, string>> | undefined, name: string | undefined) {
  return values !== undefined && name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

const NUMBER_OCTETS = { uint8: 1, uint16: 2, uint32: 4 } as const;

/** Undefined where the value is not of the type. */
function toOctets(value: string, type: VendorTlv['type'] = 'text'): Uint8Array | undefined {
  if (type === 'hex') return /^(?:[0-9a-f]{2})*$/i.test(value) ? Buffer.from(value, 'hex') : undefined;
  if (type === 'text' || type === 'c-text') {
    if (!/^[\x20-\xff]*$/.test(value)) return undefined;
    return Buffer.from(type === 'text' ? value : `${value}\0`, 'latin1');
  }
  const octets = NUMBER_OCTETS[type];
  const number = /^(?:\d{1,10}|0x[0-9a-f]{1,8})$/i.test(value) ? Number(value) : Number.NaN;
  if (!(number < 2 ** (octets * 8))) return undefined;
  const written = Buffer.alloc(octets);
  written.writeUIntBE(number, 0, octets);
  return written;
}

/** Parameters as they go over the wire: bytes as they are, everything else in the text form of its type. */
import type { Scalar, Value } from './statement.ts';

export type Wire = string | Buffer | null;

export function toWire(value: Value): Wire {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return `{${value.map(toElement).join(',')}}`;
}

/** @see https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO */
function toElement(value: Scalar): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : String(value);
}

/**
 * Rows in the one form in which a move reads both databases: text, whole numbers and null, bytes as hexadecimal digits,
 * truth as 0 and 1. Two rows are the same where their texts are.
 */
import { createHash } from 'node:crypto';

export type MovedValue = string | number | null;

export interface MovedRow {
  /** In the order of the table's columns: the key comes first. */
  readonly values: readonly MovedValue[];
  /** The values as JSON: what checksums are made of. */
  readonly text: string;
}

export function toMovedRow(values: readonly MovedValue[]): MovedRow {
  return { values, text: JSON.stringify(values) };
}

/** As both databases sort: numbers by size, text by its bytes in UTF-8. */
export function compareKeys(a: MovedRow, b: MovedRow, keyWidth: number): number {
  for (let index = 0; index < keyWidth; index += 1) {
    const [left, right] = [a.values[index], b.values[index]];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
  }
  return 0;
}

export interface TableSum {
  readonly rows: number;
  /** Of the rows' texts. */
  readonly bytes: number;
  /** SHA-256 of the rows' texts in the order of the key, a line each, in hexadecimal. */
  readonly checksum: string;
}

export class TableDigest {
  readonly #hash = createHash('sha256');
  #rows = 0;
  #bytes = 0;

  add({ text }: MovedRow): void {
    this.#hash.update(text).update('\n');
    this.#rows += 1;
    this.#bytes += text.length;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Once, at the end. */
  sum(): TableSum {
    return { rows: this.#rows, bytes: this.#bytes, checksum: this.#hash.digest('hex') };
  }
}

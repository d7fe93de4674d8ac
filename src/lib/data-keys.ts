/**
 * Data keys: random keys that do the actual sealing and hashing, stored in the database wrapped by the master.
 * This file turns rows of the key table into keys and back; which row is current is the table's order.
 *
 * - `seal`   many; the newest seals, the older ones only open. Rotated by re-sealing rows in the background.
 * - `lookup` one, for the life of the database: every stored address hash depends on it.
 * - `code`   many; the newest hashes new codes. An older one can go when the last code hashed with it has expired.
 */
import assert from 'node:assert/strict';
import type { KeyringKeys } from './keyring.ts';
import type { Master } from './master.ts';
import type { RandomBytes } from './random.ts';
import { KEY_BYTES, type NamedKey } from './seal.ts';

const DATA_KEY_PURPOSES = ['seal', 'lookup', 'code'] as const;
export type DataKeyPurpose = (typeof DATA_KEY_PURPOSES)[number];

/** One row of the key table. */
export interface DataKeyRow {
  readonly name: string;
  readonly purpose: DataKeyPurpose;
  readonly wrapped: Uint8Array;
}

export function makeDataKey(
  purpose: DataKeyPurpose,
  name: string,
  master: Master,
  randomBytes: RandomBytes,
): DataKeyRow {
  return { name, purpose, wrapped: master.wrap(randomBytes(KEY_BYTES), contextOf({ name, purpose })) };
}

/** The same data key under another master: all that rotating the master secret has to do. @throws SealError */
export function rewrapDataKey(row: DataKeyRow, from: Master, to: Master): DataKeyRow {
  return { ...row, wrapped: to.wrap(from.unwrap(row.wrapped, contextOf(row)), contextOf(row)) };
}

/**
 * @param rows every key of the database, newest first within each purpose
 * @throws SealError when a row was wrapped by another master or altered
 */
export function openDataKeys(rows: readonly DataKeyRow[], master: Master): KeyringKeys {
  const open = (purpose: DataKeyPurpose): readonly NamedKey[] =>
    rows
      .filter((row) => row.purpose === purpose)
      .map((row) => ({ name: row.name, bytes: master.unwrap(row.wrapped, contextOf(row)) }));
  const [lookup, ...others] = open('lookup');
  assert(lookup && others.length === 0, 'a database has exactly one lookup key');
  return { seal: open('seal'), lookup, code: open('code') };
}

function contextOf(row: Pick<DataKeyRow, 'name' | 'purpose'>): string {
  return `data_keys:${row.purpose}:${row.name}`;
}

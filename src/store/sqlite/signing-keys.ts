/** The keys that sign tokens: a few rows, read whole. */
import type { DatabaseSync } from 'node:sqlite';
import type { StoredSigningKey } from '../../engine/ports/signing-keys.ts';
import { type SigningKeyRow, toSigningKey } from '../rows.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

const COLUMNS = 'kid, generation, public_jwk, private_sealed, created_at_ms, signs_from_ms';
const LOAD = `SELECT ${COLUMNS} FROM signing_keys ORDER BY generation`;
const INSERT = `INSERT INTO signing_keys (${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT (generation) DO NOTHING`;
const DELETE = 'DELETE FROM signing_keys WHERE kid = ?1';

export function createSigningKeyWrites(database: DatabaseSync) {
  const insert = prepareCommand(database, INSERT);
  const remove = prepareCommand(database, DELETE);

  return {
    add(key: StoredSigningKey): boolean {
      const { kid, generation, publicJwk, privateSealed, createdAtMs, signsFromMs } = key;
      return insert(kid, generation, JSON.stringify(publicJwk), privateSealed, createdAtMs, signsFromMs) > 0;
    },
    remove,
  };
}

export function createSigningKeyReads(database: DatabaseSync) {
  const load = prepareQuery<SigningKeyRow>(database, LOAD);
  return { load: () => load.all().map(toSigningKey) };
}

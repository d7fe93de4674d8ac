/** The keys that sign tokens: a few rows, read whole. */
import type { SigningKeyStore, StoredSigningKey } from '../../engine/ports/signing-keys.ts';
import { type SigningKeyRow, toSigningKey } from '../rows.ts';
import type { Reader } from './reader.ts';
import { call, statement } from './statement.ts';
import type { Transactor } from './transactor.ts';

const COLUMNS = 'kid, generation, public_jwk, private_sealed, created_at_ms, signs_from_ms';
const LOAD = statement(`SELECT ${COLUMNS} FROM signing_keys ORDER BY generation`);
const INSERT = statement(`INSERT INTO signing_keys (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (generation) DO NOTHING`);
const DELETE = statement('DELETE FROM signing_keys WHERE kid = $1');

export function createSigningKeyMethods(transactor: Transactor, reader: Reader): SigningKeyStore {
  return {
    loadSigningKeys: () => reader.list<SigningKeyRow, StoredSigningKey>(call(LOAD), toSigningKey),
    async addSigningKey({ kid, generation, publicJwk, privateSealed, createdAtMs, signsFromMs }) {
      const jwk = JSON.stringify(publicJwk);
      const insert = call(INSERT, kid, generation, jwk, privateSealed, createdAtMs, signsFromMs);
      return ((await transactor.runAlone(insert)).rowCount ?? 0) > 0;
    },
    async deleteSigningKey(kid) {
      await transactor.runAlone(call(DELETE, kid));
    },
  };
}

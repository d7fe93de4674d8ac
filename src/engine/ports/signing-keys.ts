/** What the engine needs of a store to keep the keys that sign tokens. Part of `Store`; contract: test/contract/store/. */
import type { ScheduledKey } from '../../core/signing-schedule.ts';
import type { PublicJwk } from '../../lib/jwt.ts';

export interface StoredSigningKey extends ScheduledKey {
  readonly publicJwk: PublicJwk;
  readonly privateSealed: Uint8Array;
  readonly createdAtMs: number;
}

export interface SigningKeyStore {
  /** All of them, the oldest first: two or three. */
  loadSigningKeys(): Promise<readonly StoredSigningKey[]>;
  /** False where a key of this generation is there already: another node was first, and nothing is written. */
  addSigningKey(key: StoredSigningKey): Promise<boolean>;
  deleteSigningKey(kid: string): Promise<void>;
}

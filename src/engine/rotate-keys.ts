/** Changes keys: new data keys, or all of them under a new master secret. Neither touches a sealed value. */
import { EngineError } from '../core/errors.ts';
import { makeDataKey, openDataKeys, rewrapDataKey } from '../lib/data-keys.ts';
import type { Master } from '../lib/master.ts';
import type { LiveKeyringContext } from './live-keyring.ts';
import type { DataKeyRow, KeyStore } from './ports.ts';

/** The look-up key is for life: every stored address hash depends on it. */
const ROTATED = ['seal', 'code'] as const;

/**
 * Adds a seal key and a code key. Running nodes take them into use within two minutes and then re-seal what the older
 * ones sealed; those stay, to open what is not re-sealed yet.
 *
 * @returns the names of the new keys
 * @throws EngineError `conflict` where another rotation was faster
 */
export async function rotateDataKeys(context: LiveKeyringContext): Promise<readonly string[]> {
  const { store, master, clock, randomBytes } = context;
  const rows = await store.loadDataKeys();
  // A key under a master secret that does not fit would lock every node out of what it seals.
  openDataKeys(rows, master);
  const createdAtMs = clock();
  const fresh = ROTATED.map((purpose) => ({
    ...makeDataKey(purpose, nextName(purpose, rows), master, randomBytes),
    createdAtMs,
  }));
  if (!(await store.addDataKeys(fresh))) {
    throw new EngineError('conflict', 'The keys are being rotated by somebody else.');
  }
  return fresh.map(({ name }) => name);
}

/** Wraps every data key by another master. Running nodes go on with the keys that they hold. @throws SealError */
export async function rotateMaster(
  store: Pick<KeyStore, 'loadDataKeys' | 'rewrapDataKeys'>,
  from: Master,
  to: Master,
): Promise<void> {
  const rows = await store.loadDataKeys();
  await store.rewrapDataKeys(rows.map((row) => ({ ...row, wrapped: rewrapDataKey(row, from, to).wrapped })));
}

function nextName(purpose: string, rows: readonly DataKeyRow[]): string {
  const numbers = rows
    .filter((row) => row.purpose === purpose)
    .map(({ name }) => Number(name.slice(purpose.length + 1)) || 0);
  return `${purpose}-${Math.max(0, ...numbers) + 1}`;
}

/**
 * The keyring of a running node, which learns of new data keys while it runs. A new key only opens and compares at
 * first and is used for sealing a while later, when every node has learned of it: nobody meets a value that it cannot
 * open. It changes no key; that is rotate-keys.ts.
 */
import { makeDataKey, openDataKeys } from '../lib/data-keys.ts';
import { createKeyring, type Keyring, type KeyringKeys } from '../lib/keyring.ts';
import type { Master } from '../lib/master.ts';
import type { RandomBytes } from '../lib/random.ts';
import type { Clock } from '../lib/time.ts';
import type { DataKeyRow, KeyStore } from './ports.ts';

export interface LiveKeyringContext {
  readonly store: Pick<KeyStore, 'loadDataKeys' | 'addDataKeys'>;
  readonly master: Master;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

export interface LiveKeyring extends Keyring {
  /** Whether values may be there that another key than the current one sealed. */
  readonly hasOlderSealKeys: boolean;
  /**
   * Looks for new keys, and takes those into use whose time has come.
   * @throws SealError `unknown-key` where a new one was wrapped by another master secret than this node has
   */
  refresh(): Promise<void>;
}

/** How often a node is to refresh. */
export const REFRESH_MS = 15_000;
/** Four looks of every node, so that one that missed a look or two still knows the key in time. */
export const ACTIVATION_MS = 60_000;

/** The first keys have fixed names, so that of two nodes that make them at once only one succeeds. */
const FIRST_KEYS = [
  { purpose: 'seal', name: 'seal-1' },
  { purpose: 'lookup', name: 'lookup-1' },
  { purpose: 'code', name: 'code-1' },
] as const;

/**
 * Opens the data keys, or makes the first ones of a database that has none.
 *
 * @throws SealError `unknown-key` where another master secret wrapped them
 */
export async function createLiveKeyring(context: LiveKeyringContext): Promise<LiveKeyring> {
  const { store, clock, randomBytes } = context;
  const master = rememberUnwrapped(context.master);
  const load = async () => openDataKeys(inOrderOfUse(await store.loadDataKeys(), clock()), master);
  if ((await store.loadDataKeys()).length === 0) await store.addDataKeys(makeFirstKeys(context));
  let keys = await load();
  let keyring = createKeyring(keys, randomBytes);

  return {
    get currentSealKey() {
      return keyring.currentSealKey;
    },
    get currentCodeKey() {
      return keyring.currentCodeKey;
    },
    get hasOlderSealKeys() {
      return keys.seal.length > 1;
    },
    seal: (plaintext, place) => keyring.seal(plaintext, place),
    open: (sealed, place) => keyring.open(sealed, place),
    sealedWith: (sealed) => keyring.sealedWith(sealed),
    lookupHash: (kind, tenantId, value) => keyring.lookupHash(kind, tenantId, value),
    hashCode: (id, code) => keyring.hashCode(id, code),
    matchesCode: (id, code, stored) => keyring.matchesCode(id, code, stored),
    async refresh() {
      const loaded = await load();
      if (namesOf(loaded) === namesOf(keys)) return;
      keys = loaded;
      keyring = createKeyring(keys, randomBytes);
    },
  };
}

/** Newest first, as the keyring wants it; but one too young to be known everywhere comes after those in use. */
function inOrderOfUse(rows: readonly DataKeyRow[], nowMs: number): readonly DataKeyRow[] {
  const byAge = rows.toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.name < b.name ? -1 : 1));
  const isYoung = ({ createdAtMs }: DataKeyRow) => nowMs - createdAtMs < ACTIVATION_MS;
  return [...byAge.filter((row) => !isYoung(row)).reverse(), ...byAge.filter(isYoung)];
}

/** A key that is known stays usable when the master secret is changed while this node runs. */
function rememberUnwrapped(master: Master): Master {
  const known = new Map<string, Uint8Array>();
  return {
    ...master,
    unwrap(wrapped, place) {
      const key = known.get(place) ?? master.unwrap(wrapped, place);
      known.set(place, key);
      return key;
    },
  };
}

function makeFirstKeys({ master, clock, randomBytes }: LiveKeyringContext): readonly DataKeyRow[] {
  const createdAtMs = clock();
  return FIRST_KEYS.map(({ purpose, name }) => ({
    ...makeDataKey(purpose, name, master, randomBytes),
    createdAtMs,
  }));
}

function namesOf({ seal, lookup, code }: KeyringKeys): string {
  return [...seal, lookup, ...code].map(({ name }) => name).join(' ');
}

import assert from 'node:assert/strict';
import {
  isRetired,
  nextKeyDue,
  type ScheduledKey,
  SIGNING_SCHEDULE,
  signerAt,
} from '../core/signing-schedule.ts';
import {
  importPrivateKey,
  importPublicKey,
  JWT_ALGORITHM,
  type JwtKey,
  makeSigningKey,
  type PublicJwk,
} from '../lib/jwt.ts';
import type { EngineContext } from './context.ts';
import type { StoredSigningKey } from './ports/signing-keys.ts';
import { sealContext } from './views.ts';

/** The keys that sign tokens, as one node knows them. */
export interface SigningKeys {
  /** The key that signs now; the first use of all makes it. */
  signer(): Promise<{ readonly kid: string; readonly key: JwtKey }>;
  /** The public key of this name while it is published. */
  find(kid: string): Promise<JwtKey | undefined>;
  /** RFC 7517 §5: what `/.well-known/jwks.json` shows. */
  published(): Promise<KeySet>;
}

export interface KeySet {
  readonly keys: readonly (PublicJwk & {
    readonly kid: string;
    readonly use: 'sig';
    readonly alg: typeof JWT_ALGORITHM;
  })[];
}

export type SigningContext = Pick<EngineContext, 'store' | 'keyring' | 'clock'>;

/** A new key is published a day before it signs, so a copy of the table may be this old. */
const COPY_TTL_MS = 60_000;
/** A token under a key that the copy lacks has the table read again, but not for every made-up name. */
const UNKNOWN_KEY_EVERY_MS = 1_000;

export function createSigningKeys(context: SigningContext): SigningKeys {
  const { store, keyring, clock } = context;
  const publicKeys = new Map<string, JwtKey>();
  const privateKeys = new Map<string, JwtKey>();
  let copy: { readonly keys: readonly StoredSigningKey[]; readonly atMs: number } | undefined;
  let making: Promise<unknown> | undefined;

  async function load(olderThanMs: number): Promise<readonly StoredSigningKey[]> {
    const nowMs = clock();
    if (copy && Math.abs(nowMs - copy.atMs) < olderThanMs) return copy.keys;
    const keys = await store.loadSigningKeys();
    // That there is none is not remembered: another node may make the first, and its tokens are to be read at once.
    if (keys.length > 0) copy = { keys, atMs: nowMs };
    for (const known of [publicKeys, privateKeys]) {
      for (const kid of known.keys()) if (!keys.some((key) => key.kid === kid)) known.delete(kid);
    }
    return keys;
  }

  async function loadOrMake(): Promise<readonly StoredSigningKey[]> {
    const keys = await load(COPY_TTL_MS);
    if (keys.length > 0) return keys;
    // Whoever comes while the first key is being made waits for the same one.
    making ??= makeKeyIfDue(context, []).finally(() => {
      making = undefined;
    });
    await making;
    return load(0);
  }

  return {
    async signer() {
      const stored = signerAt(await loadOrMake(), clock());
      assert(stored, 'a signing key was made or found');
      const { kid, privateSealed } = stored;
      const key =
        privateKeys.get(kid) ??
        (await importPrivateKey(keyring.open(privateSealed, sealContext.signingKey(kid))));
      privateKeys.set(kid, key);
      return { kid, key };
    },
    async find(kid) {
      let keys = published(await load(COPY_TTL_MS), clock());
      if (!keys.some((key) => key.kid === kid)) keys = published(await load(UNKNOWN_KEY_EVERY_MS), clock());
      const stored = keys.find((key) => key.kid === kid);
      if (!stored) return undefined;
      const key = publicKeys.get(kid) ?? (await importPublicKey(stored.publicJwk));
      publicKeys.set(kid, key);
      return key;
    },
    async published() {
      const keys = published(await loadOrMake(), clock());
      return {
        keys: keys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, use: 'sig', alg: JWT_ALGORITHM })),
      };
    },
  };
}

/** One step of the sweep: the next key once it is due, away with those that nothing valid was signed with. */
export async function rotateSigningKeys(context: SigningContext): Promise<void> {
  const keys = await context.store.loadSigningKeys();
  // An installation that signs nothing has no key; the first use makes it.
  if (keys.length === 0) return;
  await makeKeyIfDue(context, keys);
  const nowMs = context.clock();
  for (const key of keys) {
    if (isRetired(key, keys, SIGNING_SCHEDULE, nowMs)) await context.store.deleteSigningKey(key.kid);
  }
}

/** Of several nodes that do this at once, one stores its key; the others throw theirs away. */
async function makeKeyIfDue(
  { store, keyring, clock }: SigningContext,
  keys: readonly ScheduledKey[],
): Promise<void> {
  const nowMs = clock();
  const next = nextKeyDue(keys, SIGNING_SCHEDULE, nowMs);
  if (!next) return;
  const { kid, publicJwk, privatePem } = await makeSigningKey();
  const privateSealed = keyring.seal(privatePem, sealContext.signingKey(kid));
  await store.addSigningKey({ ...next, kid, publicJwk, privateSealed, createdAtMs: nowMs });
}

function published(keys: readonly StoredSigningKey[], nowMs: number): readonly StoredSigningKey[] {
  return keys.filter((key) => !isRetired(key, keys, SIGNING_SCHEDULE, nowMs));
}

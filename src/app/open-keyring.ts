/** From settings and database to a keyring: finds the master secret, or makes it for a database that has no keys yet. */

import type { Config } from '../config/config.ts';
import {
  commitStagedSecret,
  makeSecretFile,
  readSecretFile,
  readStagedSecret,
  secretPath,
} from '../config/secret-file.ts';
import { createLiveKeyring, type LiveKeyring } from '../engine/live-keyring.ts';
import type { KeyStore } from '../engine/ports.ts';
import { createMaster, type Master, makeMasterSecret, parseMasterSecret } from '../lib/master.ts';
import type { RandomBytes } from '../lib/random.ts';
import { SealError } from '../lib/seal.ts';
import type { Clock } from '../lib/time.ts';
import { StartupError } from './startup-error.ts';

type SecretSettings = Pick<Config, 'secret' | 'dataFolder'>;

export interface KeyringOptions {
  readonly store: Pick<KeyStore, 'loadDataKeys' | 'addDataKeys'>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

export interface OpenedKeyring {
  readonly keyring: LiveKeyring;
  readonly master: Master;
}

const FAULT_WORDS = {
  'too-short': 'is too short: it needs 32 characters of base64 or 64 of hex',
  'too-long': 'is too long: 1024 characters are the most',
  'too-repetitive': 'is no random secret: make one with `openssl rand -base64 32`',
} as const;

/** @throws StartupError, SecretFileError */
export async function openKeyring(config: SecretSettings, options: KeyringOptions): Promise<OpenedKeyring> {
  // The keys are looked for before the secret: whoever makes them writes the secret first, so that keys without a
  // secret are a loss, and not another process that has just begun.
  const hasKeys = (await options.store.loadDataKeys()).length > 0;
  const secret =
    config.secret ?? readSecretFile(config.dataFolder) ?? makeSecretFor(config, hasKeys, options);
  const master = toMaster(secret, sourceOf(config), options.randomBytes);
  const opened = await openWith(master, options);
  if (opened) return opened;
  const staged = config.secret === undefined ? readStagedSecret(config.dataFolder) : undefined;
  if (staged !== undefined) {
    // A rotation of the master secret was cut short between the database and the file.
    const next = await openWith(
      toMaster(staged, `${secretPath(config.dataFolder)}.next`, options.randomBytes),
      options,
    );
    if (next) {
      commitStagedSecret(config.dataFolder);
      return next;
    }
  }
  const source =
    config.secret === undefined
      ? `this one is in ${secretPath(config.dataFolder)}`
      : 'this one is in the environment';
  throw new StartupError(
    `the database in ${config.dataFolder} was made with another OTPOST_SECRET; ${source}`,
  );
}

function makeSecretFor(config: SecretSettings, hasKeys: boolean, { randomBytes }: KeyringOptions): string {
  if (!hasKeys) return makeSecretFile(config.dataFolder, makeMasterSecret(randomBytes));
  const path = secretPath(config.dataFolder);
  throw new StartupError(
    `the secret of the database in ${config.dataFolder} is lost: put ${path} back, or set OTPOST_SECRET to what it held`,
  );
}

/** @throws StartupError */
export function toMaster(text: string, source: string, randomBytes: RandomBytes): Master {
  const parsed = parseMasterSecret(text);
  if (parsed.ok) return createMaster(parsed.secret, randomBytes);
  throw new StartupError(`${source}: ${FAULT_WORDS[parsed.fault]}`);
}

export function sourceOf(config: SecretSettings): string {
  return config.secret === undefined ? secretPath(config.dataFolder) : 'OTPOST_SECRET';
}

/** Undefined where another master wrapped the keys. */
async function openWith(master: Master, options: KeyringOptions): Promise<OpenedKeyring | undefined> {
  try {
    return { keyring: await createLiveKeyring({ ...options, master }), master };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    if (error.reason === 'unknown-key') return undefined;
    throw new StartupError('the keys in the database are damaged: restore a backup', { cause: error });
  }
}

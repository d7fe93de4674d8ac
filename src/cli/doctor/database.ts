/** Looks at the database, its keys and the secret that opens them. An older schema is left as it is. */
import { existsSync, statSync } from 'node:fs';
import { databasePath, openDatabase } from '../../app/open-database.ts';
import { sourceOf, toMaster } from '../../app/open-keyring.ts';
import { describeStartupFault } from '../../app/startup-error.ts';
import type { Config } from '../../config/config.ts';
import { readSecretFile } from '../../config/secret-file.ts';
import { findStrayEntries } from '../../core/tenant-settings.ts';
import type { DataKeyRow, Store } from '../../engine/ports.ts';
import { openDataKeys } from '../../lib/data-keys.ts';
import { createSystemRandomBytes } from '../../lib/random.ts';
import { SealError } from '../../lib/seal.ts';
import { systemClock, systemTimers, toIso } from '../../lib/time.ts';
import { StoreError } from '../../store/store-error.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Clocks of honest machines are this close to each other. */
const SKEW_MS = 60_000;
/** This program did not exist before. */
const EPOCH_OF_OTPOST_MS = 1_767_225_600_000;

export async function examineDatabase(config: Config): Promise<readonly Finding[]> {
  const path = config.databaseUrl === undefined ? databasePath(config) : undefined;
  if (path !== undefined && !existsSync(path))
    return [ok('database', `${path} will be made at the first start`), examineClock([])];
  let store: Store;
  try {
    store = await openDatabase(config, { clock: systemClock, timers: systemTimers, migrates: false });
  } catch (error) {
    return [toFinding(error)];
  }
  try {
    await store.probe();
    const keys = await store.loadDataKeys();
    const tenants = await store.listTenants();
    const instants = [
      ...(path === undefined ? [] : [statSync(path).mtimeMs]),
      ...keys.map(({ createdAtMs }) => createdAtMs),
      ...tenants.map(({ createdAtMs }) => createdAtMs),
    ];
    return [
      ok('database', `${path ?? 'PostgreSQL'} opens and answers`),
      examineClock(instants),
      examineSecret(config, keys),
      tenants.length > 0
        ? ok('tenants', String(tenants.length))
        : warn(
            'tenants',
            'none',
            'make one with `otpost tenant create`, or start with OTPOST_DEMO=auto and no carriers',
          ),
      ...findStrayEntries(config.settings, tenants).map((name) =>
        warn(
          'tenants',
          `tenants.${name} in the config file is of no tenant there is`,
          'correct its id or e-mail address',
        ),
      ),
    ];
  } catch (error) {
    return [toFinding(error)];
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

function toFinding(error: unknown): Finding {
  if (error instanceof StoreError && error.kind === 'not-migrated') {
    return warn('database', 'its schema is of an older release', 'run `otpost migrate`, or just start');
  }
  const detail = describeStartupFault(error)?.[0] ?? (error instanceof Error ? error.message : String(error));
  return fail('database', detail, 'see docs/operating.md, “When it does not start”');
}

/** A clock that runs behind would bring codes back to life that have expired. */
function examineClock(instants: readonly number[]): Finding {
  const nowMs = systemClock();
  const now = toIso(nowMs);
  if (nowMs < EPOCH_OF_OTPOST_MS)
    return fail('clock', `it is ${now} here`, 'set the clock, and keep it by NTP');
  const newestMs = Math.max(0, ...instants);
  if (newestMs - nowMs > SKEW_MS) {
    return fail(
      'clock',
      `it is ${now} here, but the database was written at ${toIso(newestMs)}`,
      'set the clock, and keep it by NTP',
    );
  }
  return ok('clock', now);
}

function examineSecret(config: Config, rows: readonly DataKeyRow[]): Finding {
  if (rows.length === 0) return ok('secret', 'the database has no keys yet');
  try {
    const secret = config.secret ?? readSecretFile(config.dataFolder);
    if (secret === undefined) {
      return fail(
        'secret',
        'the database has keys, and the secret that opens them is not there',
        'put the file back, or set OTPOST_SECRET',
      );
    }
    openDataKeys(rows, toMaster(secret, sourceOf(config), createSystemRandomBytes()));
    return ok(
      'secret',
      `${config.secret === undefined ? 'the file in the data folder' : 'OTPOST_SECRET'} fits the database`,
    );
  } catch (error) {
    if (error instanceof SealError) {
      return fail(
        'secret',
        'the database was made with another OTPOST_SECRET',
        'find the one that belongs to it: there is no way around it',
      );
    }
    const lines = describeStartupFault(error);
    if (!lines) throw error;
    return fail('secret', lines.join(' '), 'see docs/operating.md, “The secret”');
  }
}

/**
 * Brings what older seal keys sealed under the current one, row by row, while everything goes on. It removes no key:
 * a backup or a node that slept may still need it.
 */
import type { Keyring } from '../lib/keyring.ts';
import type { Logger } from '../lib/logger.ts';
import { sleep, type Timers } from '../lib/time.ts';
import { type LiveKeyring, REFRESH_MS } from './live-keyring.ts';
import type { KeyStore, SealedRow, SealedTable } from './ports.ts';
import { sealContext } from './views.ts';

export interface ResealContext {
  readonly store: Pick<KeyStore, 'scanSealed' | 'replaceSealed'>;
  readonly keyring: Keyring;
  readonly timers: Timers;
}

/** The columns of each table that holds sealed values, as places to which a value is bound. */
const PLACES: Readonly<Record<SealedTable, { to: (id: string) => string; content: (id: string) => string }>> =
  {
    verifications: { to: sealContext.verificationTo, content: sealContext.verificationContent },
    messages: { to: sealContext.messageTo, content: sealContext.messageContent },
    webhook_endpoints: { to: sealContext.webhookUrl, content: sealContext.webhookSecrets },
    // The others have one sealed column, which is kept as `to`, and no content.
    webhook_secrets: { to: sealContext.requestSecrets, content: sealContext.requestSecrets },
    devices: { to: sealContext.deviceContent, content: sealContext.deviceContent },
    signing_keys: { to: sealContext.signingKey, content: sealContext.signingKey },
  };
const TABLES = Object.keys(PLACES) as readonly SealedTable[];

const BATCH_ROWS = 200;
/** Between batches, so that requests do not notice: a million rows that need nothing take two minutes. */
const PAUSE_MS = 20;

export interface ResealReport {
  readonly resealed: number;
  /** Values that no key opens: damaged, or sealed by a key that was deleted. They are left as they are. */
  readonly unreadable: number;
}

/** Goes over everything once. Rows that change meanwhile are sealed by the current key anyway. */
export async function reseal(context: ResealContext, signal?: AbortSignal): Promise<ResealReport> {
  let resealed = 0;
  let unreadable = 0;
  for (const table of TABLES) {
    let afterId = '';
    for (;;) {
      const rows = await context.store.scanSealed(table, afterId, BATCH_ROWS);
      for (const row of rows) {
        if (signal?.aborted) return { resealed, unreadable };
        const outcome = await resealRow(context, table, row);
        if (outcome === 'resealed') resealed += 1;
        if (outcome === 'unreadable') unreadable += 1;
      }
      const last = rows.at(-1);
      if (rows.length < BATCH_ROWS || !last) break;
      afterId = last.id;
      await sleep(context.timers, PAUSE_MS, signal);
    }
  }
  return { resealed, unreadable };
}

async function resealRow(
  { store, keyring }: ResealContext,
  table: SealedTable,
  row: SealedRow,
): Promise<'current' | 'changed' | 'resealed' | 'unreadable'> {
  const isCurrent = (sealed: Uint8Array) => keyring.sealedWith(sealed) === keyring.currentSealKey;
  const again = (sealed: Uint8Array, place: string) => keyring.seal(keyring.open(sealed, place), place);
  const { to, content } = PLACES[table];
  let fresh: SealedRow;
  try {
    if (isCurrent(row.toSealed) && (!row.contentSealed || isCurrent(row.contentSealed))) return 'current';
    fresh = {
      id: row.id,
      toSealed: again(row.toSealed, to(row.id)),
      ...(row.contentSealed && { contentSealed: again(row.contentSealed, content(row.id)) }),
    };
  } catch {
    return 'unreadable';
  }
  return (await store.replaceSealed(table, fresh, row)) ? 'resealed' : 'changed';
}

export interface KeyCareContext extends ResealContext {
  readonly keyring: LiveKeyring;
  readonly logger: Logger;
  /** Whether this node does the re-sealing; all of them learn of new keys. */
  readonly reseals: boolean;
}

/**
 * Learns of new keys every few seconds, and re-seals when another seal key has come into use; after a start once more,
 * since the last time may have been cut short.
 */
export function startKeyCare(context: KeyCareContext): { stop(): Promise<void> } {
  const { keyring, timers, logger, reseals } = context;
  const stopping = new AbortController();
  let inUse = keyring.hasOlderSealKeys ? undefined : keyring.currentSealKey;

  const look = async (): Promise<void> => {
    await keyring.refresh();
    const current = keyring.currentSealKey;
    if (current === inUse) return;
    logger.info({ sealKey: current }, 'seal key in use');
    if (reseals) {
      const report = await reseal(context, stopping.signal);
      if (stopping.signal.aborted) return;
      logger.info({ sealKey: current, ...report }, 're-sealed');
    }
    inUse = current;
  };
  const loop = async (): Promise<void> => {
    for (;;) {
      await sleep(timers, REFRESH_MS, stopping.signal);
      if (stopping.signal.aborted) return;
      await look().catch((error: unknown) => logger.error({ error }, 'key care failed'));
    }
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

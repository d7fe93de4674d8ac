/**
 * Kannel as the yardstick: the same binds and window into the same SMSC as ours, its messages in its store file, its log off. Its receipts
 * end at smsbox: no dlr-url, as there is no webhook endpoint on our side. What it knows of messages whose receipts are awaited is
 * in its memory, as it comes, or in an SQLite file, so that receipts outlive a restart as ours do.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isKannelInstalled, type Kannel, startKannel } from '../test/support/kannel.ts';
import { HttpClient } from './http-client.ts';
import { sendSmsHead } from './scenarios.ts';

const LOOK_MS = 100;
const START_MS = 15_000;

export interface KannelPlace {
  readonly folder: string;
  readonly smscPort: number;
  readonly binds: number;
  readonly window: number;
  readonly keepsReceipts: boolean;
}

/** Ready to take messages; undefined where it is not installed. */
export async function openKannel({
  folder,
  keepsReceipts,
  ...place
}: KannelPlace): Promise<Kannel | undefined> {
  if (!isKannelInstalled()) return undefined;
  const own = join(folder, keepsReceipts ? 'kannel-sqlite' : 'kannel');
  mkdirSync(own);
  const kannel = await startKannel({
    ...place,
    folder: own,
    ...{ systemId: 'kannel', password: 'bench' },
    ...(keepsReceipts && { receiptsFile: join(own, 'receipts.db') }),
    store: { 'store-type': 'file', 'store-location': join(own, 'kannel.store') },
  });
  try {
    await sleep(START_MS / 10);
    kannel.startSmsbox();
    await whenTaking(kannel);
    return kannel;
  } catch (error) {
    await kannel[Symbol.asyncDispose]();
    throw error;
  }
}

/** Asks for what it refuses until it answers at all. */
async function whenTaking({ sendSmsPort }: Kannel): Promise<void> {
  const endMs = performance.now() + START_MS;
  while (performance.now() < endMs) {
    const client = await HttpClient.open(sendSmsPort).catch(() => undefined);
    const answer = await client?.post(sendSmsHead(sendSmsPort, '', ''), '').catch(() => undefined);
    client?.close();
    if (answer !== undefined) return;
    await sleep(LOOK_MS);
  }
  throw new Error('Kannel does not start');
}

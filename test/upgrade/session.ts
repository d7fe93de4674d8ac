/**
 * What two releases do to one database, in two acts: everything that is written in the first is gone on with in the
 * second, which may be another release's. Played on the store alone, always the same, so that an act that was recorded
 * with an older release still fits. It judges nothing.
 *
 * A part is added at the end of a list, with a seed of its own. One that there is already is not changed: what was
 * recorded of it stays.
 */
import type { Store } from '../../src/engine/ports.ts';
import { checkPart, outboxPart, receiptPart, sendPart, sweepPart } from './session-of-messages.ts';
import { accountPart, installationPart, tenantPart } from './session-of-tenants.ts';
import { devicePart, fallbackPart, slotPart, webhookPart } from './session-of-the-rest.ts';

export type Act = 'first' | 'second';

/** Made anew for each act: what an act makes beyond what both know has a seed of its own. */
export interface Part {
  readonly first: (store: Store) => Promise<void>;
  /** Resolves to what the store answered. */
  readonly second: (store: Store) => Promise<readonly unknown[]>;
}

const PARTS = {
  tenants: tenantPart,
  installation: installationPart,
  account: accountPart,
  sends: sendPart,
  checks: checkPart,
  outbox: outboxPart,
  receipts: receiptPart,
  webhooks: webhookPart,
  fallbacks: fallbackPart,
  devices: devicePart,
  slots: slotPart,
  sweep: sweepPart,
} as const satisfies Readonly<Record<string, (act: Act) => Part>>;

export type PartName = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as readonly PartName[];

export async function playFirstAct(store: Store, parts = PART_NAMES): Promise<void> {
  for (const name of parts) await PARTS[name]('first').first(store);
}

/** @returns what the store answered, part by part */
export async function playSecondAct(
  store: Store,
  parts = PART_NAMES,
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const answers: Record<string, readonly unknown[]> = {};
  for (const name of parts) answers[name] = await PARTS[name]('second').second(store);
  return answers;
}

/** Makes the carriers that the settings name. On a node that does not send, a stand-in says what each could do. */

import type { CarrierDeps } from '../carriers/carrier-kind.ts';
import { CARRIER_KINDS } from '../carriers/registry.ts';
import type { CarrierConfig } from '../config/carriers-section.ts';
import type { Carrier } from '../engine/ports.ts';

export async function openCarriers(
  configs: readonly CarrierConfig[],
  deps: CarrierDeps,
): Promise<readonly Carrier[]> {
  const kinds = new Map(CARRIER_KINDS.map((kind) => [kind.kind, kind]));
  const made: Carrier[] = [];
  try {
    for (const { id, kind, settings } of configs) {
      const found = kinds.get(kind);
      if (!found) throw new Error(`no such kind of carrier: ${kind}`);
      const logger = deps.logger.child({ carrier: id });
      made.push(await found.create(id, settings as Parameters<typeof found.create>[1], { ...deps, logger }));
    }
  } catch (error) {
    await closeCarriers(made);
    throw error;
  }
  return made;
}

/** One that does not close well holds up no other. */
export async function closeCarriers(carriers: readonly Carrier[]): Promise<void> {
  await Promise.allSettled(carriers.map((carrier) => carrier[Symbol.asyncDispose]()));
}

/** So that a node that only takes requests can refuse what no worker could send, without connecting to anything. */
export function createStandIn({ id, kind, channels, isSimulated }: CarrierConfig): Carrier {
  return {
    id,
    kind,
    channels,
    isSimulated,
    submit: async () => ({ kind: 'refused', reason: 'not-sent-here', permanent: false }),
    health: () => ({ state: 'up' }),
    async [Symbol.asyncDispose]() {},
  };
}

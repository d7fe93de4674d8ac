import type { OutboxStore } from './ports.ts';

/**
 * Claims at once where another node hints that there is work, which would otherwise wait for the next poll. One claim
 * at a time: hints that come meanwhile are answered by one more.
 *
 * @param claim never rejects
 * @returns what ends it
 */
export function claimOnWakes(store: Pick<OutboxStore, 'wakes'>, claim: () => Promise<unknown>): () => void {
  let isClaiming = false;
  let isWanted = false;
  const end = store.wakes?.(() => {
    isWanted = true;
    if (!isClaiming) void claimWanted();
  });
  const claimWanted = async (): Promise<void> => {
    isClaiming = true;
    while (isWanted) {
      isWanted = false;
      await claim();
    }
    isClaiming = false;
  };
  return () => {
    isWanted = false;
    end?.();
  };
}

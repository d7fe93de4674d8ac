/** Things to do after a while, all of which can be called off at once. Bounded; it does not keep the process alive. */
import type { TimerHandle, Timers } from '../../lib/time.ts';

export interface Agenda {
  after(delayMs: number, work: () => void): void;
  isFull(): boolean;
  /** Calls everything off; nothing can be added afterwards. */
  close(): void;
}

/** Receipts of some thousand messages a second for some seconds; about 5 MB. */
export const AGENDA_ENTRIES_MAX = 20_000;

export function createAgenda(timers: Timers): Agenda {
  const pending = new Set<TimerHandle>();
  let isClosed = false;
  return {
    after(delayMs, work) {
      if (isClosed) return;
      const handle = timers.setTimeout(() => {
        pending.delete(handle);
        work();
      }, delayMs);
      handle.unref();
      pending.add(handle);
    },
    isFull: () => pending.size >= AGENDA_ENTRIES_MAX,
    close() {
      isClosed = true;
      for (const handle of pending) timers.clearTimeout(handle);
      pending.clear();
    },
  };
}

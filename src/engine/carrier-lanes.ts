/**
 * One lane a carrier, so that a slow one holds up its own messages and nobody else's. A lane admits a bounded number
 * at once; the others wait in order. Leases bound how long they wait.
 */
export interface Lanes {
  /** Resolves to the function that leaves the lane, or to undefined once `signal` is aborted. */
  enter(carrierId: string, signal: AbortSignal): Promise<(() => void) | undefined>;
}

/** More than any SMPP window or connection pool uses at once; the carrier itself holds its rate. */
const LANE_WIDTH = 500;

interface Lane {
  active: number;
  readonly waiting: Set<(isAdmitted: boolean) => void>;
}

export function createLanes(width = LANE_WIDTH): Lanes {
  const lanes = new Map<string, Lane>();

  function laneOf(carrierId: string): Lane {
    const known = lanes.get(carrierId);
    if (known) return known;
    const lane: Lane = { active: 0, waiting: new Set() };
    lanes.set(carrierId, lane);
    return lane;
  }

  function leave(carrierId: string, lane: Lane): () => void {
    return () => {
      const [next] = lane.waiting;
      if (!next) {
        lane.active -= 1;
        // Names may come from outside, as hosts of webhooks do: what is idle is forgotten.
        if (lane.active === 0) lanes.delete(carrierId);
        return;
      }
      lane.waiting.delete(next);
      next(true);
    };
  }

  return {
    async enter(carrierId, signal) {
      if (signal.aborted) return undefined;
      const lane = laneOf(carrierId);
      if (lane.active < width) {
        lane.active += 1;
        return leave(carrierId, lane);
      }
      const isAdmitted = await new Promise<boolean>((resolve) => {
        const onAbort = () => {
          lane.waiting.delete(admit);
          resolve(false);
        };
        const admit = (admitted: boolean) => {
          signal.removeEventListener('abort', onAbort);
          resolve(admitted);
        };
        lane.waiting.add(admit);
        signal.addEventListener('abort', onAbort, { once: true });
      });
      return isAdmitted ? leave(carrierId, lane) : undefined;
    },
  };
}

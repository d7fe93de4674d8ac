/**
 * How many deliveries of one endpoint this node works on at once. An endpoint that hangs or fails is asked with one
 * delivery at a time and ever more seldom, up to once a minute, so that its backlog takes no room from the others;
 * its first success opens it again. Kept in memory: a restarted node finds out anew.
 */
export interface EndpointRooms {
  /** How many more may be taken now. */
  roomOf(endpointId: string, nowMs: number): number;
  enter(endpointId: string): void;
  leave(endpointId: string): void;
  /** What an attempt found out. */
  report(endpointId: string, isSuccess: boolean, nowMs: number): void;
  /** The endpoints that have less room than one that nothing is known of. */
  narrowed(nowMs: number): Readonly<Record<string, number>>;
}

/** Twice the posts that go to one host at once: the next ones are at hand. */
export const ROOM = 32;
/** Fewer is chance: one event that a receiver cannot read fails as often as it is tried. */
const FAILURES_TO_NARROW = 5;
const PAUSE_MS = 1_000;
const PAUSE_MAX_MS = 60_000;
/** Failing endpoints to remember; beyond it the ones that were met first are met anew. */
const REMEMBERED_MAX = 10_000;

interface State {
  held: number;
  failures: number;
  pausedUntilMs: number;
}

export function createEndpointRooms(): EndpointRooms {
  const states = new Map<string, State>();

  function stateOf(endpointId: string): State {
    const known = states.get(endpointId);
    if (known) return known;
    if (states.size >= REMEMBERED_MAX) forgetOldest();
    const state: State = { held: 0, failures: 0, pausedUntilMs: 0 };
    states.set(endpointId, state);
    return state;
  }

  function forgetOldest(): void {
    for (const [id, state] of states) {
      if (state.held > 0) continue;
      states.delete(id);
      return;
    }
  }

  function roomIn({ held, failures, pausedUntilMs }: State, nowMs: number): number {
    if (failures < FAILURES_TO_NARROW) return Math.max(0, ROOM - held);
    // A clock that stepped back must not stretch a pause.
    const isPaused = nowMs < pausedUntilMs && pausedUntilMs - nowMs <= PAUSE_MAX_MS;
    return isPaused || held > 0 ? 0 : 1;
  }

  function forgetIfIdle(endpointId: string, { held, failures }: State): void {
    if (held === 0 && failures === 0) states.delete(endpointId);
  }

  return {
    roomOf(endpointId, nowMs) {
      const state = states.get(endpointId);
      return state ? roomIn(state, nowMs) : ROOM;
    },
    enter(endpointId) {
      stateOf(endpointId).held += 1;
    },
    leave(endpointId) {
      const state = states.get(endpointId);
      if (!state) return;
      state.held -= 1;
      forgetIfIdle(endpointId, state);
    },
    report(endpointId, isSuccess, nowMs) {
      const state = stateOf(endpointId);
      state.failures = isSuccess ? 0 : state.failures + 1;
      const doublings = Math.max(0, state.failures - FAILURES_TO_NARROW);
      state.pausedUntilMs = isSuccess ? 0 : nowMs + Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** doublings);
      forgetIfIdle(endpointId, state);
    },
    narrowed(nowMs) {
      const rooms: Record<string, number> = {};
      for (const [id, state] of states) {
        const room = roomIn(state, nowMs);
        if (room < ROOM) rooms[id] = room;
      }
      return rooms;
    },
  };
}

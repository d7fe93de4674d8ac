/**
 * Which signing key signs when, and how long it is published: pure arithmetic over the keys' own instants. It makes,
 * keeps and seals no key.
 *
 * A key is published `leadMs` before it signs, so that everybody who keeps a copy of the key set has it by then; it
 * signs until a younger one does; it stays published until the last token that it signed has expired.
 *
 * ```
 *   key 1  signs ─────────────────────────────▶│ verifies ─▶│ deleted
 *   key 2                  published ─────────▶│ signs ─────────────────▶
 * ```
 */
export interface SigningSchedule {
  /** How long one key signs. */
  readonly periodMs: number;
  readonly leadMs: number;
  /** How long a key is kept after it has signed for the last time: the longest life of a token, and a margin. */
  readonly keepMs: number;
}

export interface ScheduledKey {
  readonly kid: string;
  /** From 1. No two keys have the same one, so of two nodes that make the next key only one can store it. */
  readonly generation: number;
  readonly signsFromMs: number;
}

const HOUR_MS = 3_600_000;

/** The life of an access token: the longest-lived that we sign. */
export const ACCESS_TOKEN_TTL_SECONDS = 7_200;

/**
 * Monthly: nobody has to do it by hand, and a stolen key is worth little for long. The lead is many times the hour
 * for which a verifier may reasonably keep a key set; the margin covers nodes whose clocks differ.
 */
export const SIGNING_SCHEDULE: SigningSchedule = {
  periodMs: 30 * 24 * HOUR_MS,
  leadMs: 24 * HOUR_MS,
  keepMs: ACCESS_TOKEN_TTL_SECONDS * 1000 + 300_000,
};

/** The youngest key whose time has come. Before the time of all of them (a clock that stepped back) the oldest signs. */
export function signerAt<Key extends ScheduledKey>(keys: readonly Key[], nowMs: number): Key | undefined {
  const ordered = byAge(keys);
  return ordered.findLast(({ signsFromMs }) => signsFromMs <= nowMs) ?? ordered[0];
}

/** What the next key is to be, once it is due. The first one signs at once, because no key set is out yet. */
export function nextKeyDue(
  keys: readonly ScheduledKey[],
  schedule: SigningSchedule,
  nowMs: number,
): Omit<ScheduledKey, 'kid'> | undefined {
  const newest = byAge(keys).at(-1);
  if (!newest) return { generation: 1, signsFromMs: nowMs };
  const endsAtMs = newest.signsFromMs + schedule.periodMs;
  if (nowMs < endsAtMs - schedule.leadMs) return undefined;
  // Nobody was there at its time: the old key goes on until the new one has been out for long enough.
  return { generation: newest.generation + 1, signsFromMs: Math.max(endsAtMs, nowMs + schedule.leadMs) };
}

/** True once nothing that the key signed can still be valid. The newest key is never retired. */
export function isRetired(
  key: ScheduledKey,
  keys: readonly ScheduledKey[],
  schedule: SigningSchedule,
  nowMs: number,
): boolean {
  const successor = byAge(keys).find(({ generation }) => generation > key.generation);
  return successor !== undefined && nowMs >= successor.signsFromMs + schedule.keepMs;
}

function byAge<Key extends ScheduledKey>(keys: readonly Key[]): readonly Key[] {
  return keys.toSorted((a, b) => a.generation - b.generation);
}

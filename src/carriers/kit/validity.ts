/**
 * Whole seconds that a message stays of use, within what an aggregator allows. Where its least is longer than what is
 * left, the least is asked for: without any period it would keep the message for days.
 */
export function validitySeconds(notAfterMs: number, nowMs: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.floor((notAfterMs - nowMs) / 1000)));
}

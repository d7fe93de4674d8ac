/**
 * Holds a carrier to so many submits in any second: a token bucket of a tenth of a second's tokens, so that a burst goes
 * out in small steps, and beside it the instants of the last second's submits. A bucket alone lets more through than
 * its rate around a pause, and an operator's counter would notice. It keeps no queue and no timer.
 */

const SECOND_MS = 1_000;
/** The share of a second's submits that may leave at once. */
const BURST_SHARE = 0.1;

export class RateGate {
  /** Undefined: no limit. */
  #perSecond: number | undefined;
  #tokens = 1;
  #filledAtMs = Number.NEGATIVE_INFINITY;
  /** A ring of the last submits' instants; it holds as many as may leave in `#windowMs`. */
  #instants = new Float64Array(1).fill(Number.NEGATIVE_INFINITY);
  #next = 0;

  constructor(perSecond: number | undefined) {
    this.setRate(perSecond);
  }

  /** 0 lets nothing through. What left before the change counts after it. */
  setRate(perSecond: number | undefined): void {
    const before = this.#inOrder();
    this.#perSecond = perSecond;
    const size = Math.max(1, Math.ceil(perSecond ?? 1));
    this.#instants = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    this.#instants.set(before.slice(-size), Math.max(0, size - before.length));
    this.#next = 0;
    this.#tokens = Math.min(this.#tokens, this.#depth());
  }

  /** Milliseconds until one may leave, 0 for now; Infinity for never. */
  waitMs(nowMs: number): number {
    if (this.#perSecond === undefined) return 0;
    if (this.#perSecond === 0) return Number.POSITIVE_INFINITY;
    const tokens = this.#tokensAt(nowMs);
    const untilToken = tokens >= 1 ? 0 : ((1 - tokens) * SECOND_MS) / this.#perSecond;
    const untilPlace = (this.#instants[this.#next] ?? 0) + this.#windowMs() - nowMs;
    return Math.max(0, untilToken, untilPlace);
  }

  /** How long so many take at the rate. */
  millisecondsFor(count: number): number {
    return this.#perSecond === undefined || count === 0 ? 0 : (count * SECOND_MS) / this.#perSecond;
  }

  /** One leaves. */
  take(nowMs: number): void {
    if (this.#perSecond === undefined) return;
    this.#tokens = this.#tokensAt(nowMs) - 1;
    this.#filledAtMs = nowMs;
    this.#instants[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#instants.length;
  }

  #depth(): number {
    return Math.max(1, (this.#perSecond ?? 1) * BURST_SHARE);
  }

  #tokensAt(nowMs: number): number {
    const grown = ((nowMs - this.#filledAtMs) * (this.#perSecond ?? 0)) / SECOND_MS;
    return Math.min(this.#depth(), this.#tokens + grown);
  }

  /** A second, or as much longer as makes whole submits of a broken rate. */
  #windowMs(): number {
    return (this.#instants.length / (this.#perSecond ?? 1)) * SECOND_MS;
  }

  #inOrder(): Float64Array {
    const older = this.#instants.subarray(this.#next);
    const newer = this.#instants.subarray(0, this.#next);
    return Float64Array.from([...older, ...newer]);
  }
}

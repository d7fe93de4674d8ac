import type { MessageChannel } from './channel.ts';

/** What a message costs: per segment for SMS, per call or e-mail otherwise. */
export interface Prices {
  /** A label only: nothing is converted. */
  readonly currency: string;
  /** Where no rate matches. */
  readonly defaultMicros: number;
  readonly rates: readonly Rate[];
}

export interface Rate {
  readonly channel: MessageChannel;
  /** E.164 prefix with `+`; absent: every destination. */
  readonly prefix?: string;
  readonly micros: number;
}

/** Without a price list a balance counts segments, calls and e-mails. */
export const SEGMENTS_AS_PRICES: Prices = { currency: 'segments', defaultMicros: 1_000_000, rates: [] };

/** The rate of the longest matching prefix, times the segments. */
export function priceOf(prices: Prices, channel: MessageChannel, to: string, segments: number): number {
  let best: Rate | undefined;
  for (const rate of prices.rates) {
    if (rate.channel !== channel || !to.startsWith(rate.prefix ?? '')) continue;
    if (!best || (rate.prefix ?? '').length > (best.prefix ?? '').length) best = rate;
  }
  return (best?.micros ?? prices.defaultMicros) * segments;
}

import type { MessageChannel } from './channel.ts';

/** An ordered choice of carriers for a destination. */
export interface Route {
  readonly channel: MessageChannel;
  /** E.164 prefix with `+`; absent: every destination. */
  readonly prefix?: string;
  /** Carrier ids, the first preferred. */
  readonly carriers: readonly string[];
}

/** The carriers for a destination in order: those of the longest matching prefix. Empty: there is no route. */
export function carriersFor(
  routes: readonly Route[],
  channel: MessageChannel,
  to: string,
): readonly string[] {
  let best: Route | undefined;
  for (const route of routes) {
    if (route.channel !== channel || !to.startsWith(route.prefix ?? '')) continue;
    if (!best || (route.prefix ?? '').length > (best.prefix ?? '').length) best = route;
  }
  return best?.carriers ?? [];
}

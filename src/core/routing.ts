import type { MessageChannel } from './channel.ts';

/** An ordered choice of carriers for a destination. Every condition that is absent matches all. */
export interface Route {
  readonly channel: MessageChannel;
  /** E.164 prefix with `+`. */
  readonly prefix?: string;
  /** ISO 3166-1 alpha-2 country of the number. */
  readonly country?: string;
  /** The id of a tenant. */
  readonly tenant?: string;
  readonly sender?: SenderType;
  /** `in-order` unless told. */
  readonly choose?: 'in-order' | 'weighted' | 'cheapest';
  readonly carriers: readonly RouteCarrier[];
}

export interface RouteCarrier {
  readonly id: string;
  /** For `weighted`: its share of first choices; 1 unless told. */
  readonly weight?: number;
  /** For `cheapest`: what it takes for a segment; the dearest unless told. */
  readonly costMicros?: number;
}

/** Many countries carry numbers only, and some carriers no names. */
export type SenderType = 'alphanumeric' | 'numeric';

export interface RoutedMessage {
  readonly channel: MessageChannel;
  readonly to: string;
  readonly country?: string;
  readonly tenantId: string;
  readonly sender?: string;
}

/**
 * The ids of the carriers for a message in order: those of the most specific matching route. A tenant's own route
 * comes before all others; then the longest prefix, the country, the type of sender. Empty: there is no route.
 *
 * @param random uniform in [0, 1), for `weighted`
 */
export function carriersFor(
  routes: readonly Route[],
  message: RoutedMessage,
  random: () => number,
): readonly string[] {
  let best: Route | undefined;
  for (const route of routes) {
    if (matches(route, message) && (!best || specificity(route) > specificity(best))) best = route;
  }
  return best ? inOrder(best, random).map(({ id }) => id) : [];
}

/** A text of digits, however punctuated, is a number; anything else that can stand as a sender is a name. */
export function senderTypeOf(sender: string): SenderType {
  return /^\+?[\d\s().-]+$/.test(sender) ? 'numeric' : 'alphanumeric';
}

function matches(route: Route, message: RoutedMessage): boolean {
  return (
    route.channel === message.channel &&
    message.to.startsWith(route.prefix ?? '') &&
    (route.country === undefined || route.country === message.country) &&
    (route.tenant === undefined || route.tenant === message.tenantId) &&
    (route.sender === undefined ||
      (message.sender !== undefined && route.sender === senderTypeOf(message.sender)))
  );
}

/** Each condition outweighs all that come after it; a prefix has at most 16 characters. */
function specificity({ tenant, prefix = '', country, sender }: Route): number {
  return (tenant ? 1_000 : 0) + prefix.length * 10 + (country ? 2 : 0) + (sender ? 1 : 0);
}

function inOrder({ choose, carriers }: Route, random: () => number): readonly RouteCarrier[] {
  if (choose === 'weighted') return shuffleByWeight(carriers, random);
  if (choose !== 'cheapest') return carriers;
  const costOf = ({ costMicros = Number.POSITIVE_INFINITY }: RouteCarrier) => costMicros;
  return carriers.toSorted((one, other) =>
    costOf(one) < costOf(other) ? -1 : costOf(one) > costOf(other) ? 1 : 0,
  );
}

/** Draws one after the other by weight, so that the rest are spares in a fair order too. */
function shuffleByWeight(carriers: readonly RouteCarrier[], random: () => number): readonly RouteCarrier[] {
  const left = [...carriers];
  const drawn: RouteCarrier[] = [];
  while (left.length > 0) {
    let mark = random() * left.reduce((sum, { weight = 1 }) => sum + weight, 0);
    const index = left.findIndex(({ weight = 1 }) => {
      mark -= weight;
      return mark < 0;
    });
    drawn.push(...left.splice(index === -1 ? left.length - 1 : index, 1));
  }
  return drawn;
}

/**
 * How the nodes of one database divide a carrier's account, which the operator counts as one: so many binds, so many
 * messages a second. A bind is a slot, held by a node until its lease ends. It decides; keeping it is the store's.
 */

/** What the account allows, all nodes together. */
export interface CarrierAccount {
  readonly binds: number;
  /** Absent: no limit. */
  readonly messagesPerSecond?: number;
}

/** What of it one node may use. */
export interface CarrierShare {
  /** 0 sends nothing. */
  readonly binds: number;
  /** Undefined: no limit. */
  readonly messagesPerSecond: number | undefined;
}

/** A node that wants a part, with what it has of it. */
export interface SlotHolder {
  readonly node: string;
  readonly slots: number;
  readonly leaseUntilMs: number;
}

export interface SlotClaim {
  readonly carrier: string;
  readonly node: string;
  /** Slots of the account. */
  readonly total: number;
  /** The most that this node keeps or takes; what it holds beyond that is given back. */
  readonly atMost: number;
  readonly nowMs: number;
  /** Not later than `nowMs`: the node leaves. */
  readonly leaseUntilMs: number;
}

export interface SlotGrant {
  readonly held: number;
  /** What is this node's part among those that want one now; a node that holds more gives it back as soon as it can. */
  readonly fair: number;
}

/** Never grants a slot that another live node holds, however the nodes' wishes change. */
export function decideSlots(
  holders: readonly SlotHolder[],
  { node, total, atMost, nowMs, leaseUntilMs }: SlotClaim,
): SlotGrant & { readonly holders: readonly SlotHolder[] } {
  const others = holders.filter((holder) => holder.node !== node && holder.leaseUntilMs > nowMs);
  if (leaseUntilMs <= nowMs) return { holders: others, held: 0, fair: 0 };
  const taken = others.reduce((sum, { slots }) => sum + slots, 0);
  const held = Math.max(0, Math.min(atMost, total - taken));
  const nodes = [...others.map((holder) => holder.node), node].sort();
  const rank = nodes.indexOf(node);
  const fair = Math.floor(total / nodes.length) + (rank < total % nodes.length ? 1 : 0);
  return { holders: [...others, { node, slots: held, leaseUntilMs }], held, fair };
}

/** The rate goes with the binds: together the nodes send no faster than the account may. */
export function shareOf({ binds, messagesPerSecond }: CarrierAccount, held: number): CarrierShare {
  return {
    binds: held,
    messagesPerSecond: messagesPerSecond === undefined ? undefined : (messagesPerSecond * held) / binds,
  };
}

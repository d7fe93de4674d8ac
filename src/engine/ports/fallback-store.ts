/** What is to be sent, and when, if nothing of a verification has been delivered by then. */
export interface Fallback {
  readonly verificationId: string;
  readonly tenantId: string;
  /** Index into the policy's `fallback`. */
  readonly step: number;
  readonly dueAtMs: number;
}

export interface FallbackTransaction {
  /** Loads and locks. */
  loadFallback(verificationId: string): Promise<Fallback | undefined>;
  /** Replaces the one that there is. */
  saveFallback(fallback: Fallback): Promise<void>;
  deleteFallback(verificationId: string): Promise<void>;
}

export interface FallbackStore {
  /** The longest due first. Any number of nodes may list the same: the transaction that acts looks again. */
  listDueFallbacks(nowMs: number, limit: number): Promise<readonly Fallback[]>;
}

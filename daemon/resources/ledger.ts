/** What a piece of work needs while it runs. */
export interface LeaseNeed {
  /** Whole threads; 0 for work that only waits. */
  readonly threads: number;
  readonly memoryBytes: number;
  /** Higher first; 0 is ordinary. */
  readonly priority: number;
}

export interface LeaseRequest extends LeaseNeed {
  /** How long the request may wait, in milliseconds; Infinity = for ever. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export interface Lease {
  readonly threads: number;
  readonly memoryBytes: number;
  /** Gives everything back. Idempotent. */
  release(): void;
}

export interface LedgerUsage {
  readonly threads: { readonly budget: number; readonly leased: number };
  readonly memoryBytes: { readonly budget: number; readonly leased: number };
  readonly leases: number;
  readonly waiting: number;
}

/**
 * The one account of threads and memory that work may take from the host's computer.
 *
 * Order: by priority, then by arrival, where one step of priority is worth a minute of waiting; so nobody waits for ever.
 * A request goes ahead of those before it only where all of theirs would still be free beside it: small requests never keep a
 * big one waiting.
 */
export interface ResourceLedger {
  /**
   * Resolves when all that is asked for is free.
   * Rejects with GRYM_RESOURCE_IMPOSSIBLE (more than the whole budget, at once), GRYM_RESOURCE_TIMEOUT, GRYM_CANCELLED or
   * GRYM_SHUTTING_DOWN.
   */
  acquire(request: LeaseRequest): Promise<Lease>;
  /** What `acquire` would give without waiting, or null. Throws GRYM_RESOURCE_IMPOSSIBLE or GRYM_SHUTTING_DOWN. */
  tryAcquire(need: LeaseNeed): Lease | null;
  usage(): LedgerUsage;
  /** Called after every change of usage. Returns the way to stop listening. */
  onChange(listener: (usage: LedgerUsage) => void): () => void;
  /** Rejects what waits with GRYM_SHUTTING_DOWN; leases can still be given back. */
  dispose(): void;
}

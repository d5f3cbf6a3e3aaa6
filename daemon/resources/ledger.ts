/** What a piece of work needs while it runs. */
export interface LeaseRequest {
  /** Whole threads; 0 for work that only waits. */
  readonly threads: number;
  readonly memoryBytes: number;
  /** Higher first; 0 is ordinary. */
  readonly priority: number;
  /** How long the request may wait, in milliseconds. */
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

/** The one account of threads and memory that work may take from the host's computer. */
export interface ResourceLedger {
  /**
   * Resolves when all that is asked for is free, in order of priority, then of arrival.
   * Rejects with GRYM_RESOURCE_IMPOSSIBLE (more than the whole budget), GRYM_RESOURCE_TIMEOUT, GRYM_CANCELLED or GRYM_SHUTTING_DOWN.
   */
  acquire(request: LeaseRequest): Promise<Lease>;
  usage(): LedgerUsage;
  /** Called after every change of usage. Returns the way to stop listening. */
  onChange(listener: (usage: LedgerUsage) => void): () => void;
  dispose(): void;
}

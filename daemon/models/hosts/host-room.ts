import type { Lease, LedgerUsage, ResourceLedger } from '../../resources/index.js';

/** A host without a task, whose memory could be used otherwise. */
export interface IdleHost {
  readonly idleSinceMs: number;
  unload(): Promise<void>;
}

export interface HostRoomOptions {
  readonly ledger: ResourceLedger;
  readonly leaseWaitMs: number;
  /** Of all models. */
  readonly idleHosts: () => readonly IdleHost[];
}

/** Below this part of the budget free, what waits in the ledger may be waiting for memory. */
const SCARCE = 0.25;

/** Memory for loaded models: leased from the ledger, and taken from idle hosts, the longest unused first, where there is not enough. */
export class HostRoom {
  private waiting = 0;
  private isYielding = false;
  private readonly stopListening: () => void;

  constructor(private readonly options: HostRoomOptions) {
    this.stopListening = options.ledger.onChange((usage) => this.onChange(usage));
  }

  /** Null: there is no room for one host more of a model that has one. Throws GRYM_RESOURCE_*, GRYM_CANCELLED, GRYM_SHUTTING_DOWN. */
  async lease(memoryBytes: number, isExtra: boolean, signal: AbortSignal): Promise<Lease | null> {
    const { ledger, leaseWaitMs } = this.options;
    // Threads are leased by the steps that call a model.
    const need = { threads: 0, memoryBytes, priority: 0 };
    let lease = ledger.tryAcquire(need);
    if (isExtra) return lease;
    while (lease === null && !signal.aborted && (await this.unloadOne())) lease = ledger.tryAcquire(need);
    if (lease !== null) return lease;
    this.waiting += 1;
    try {
      return await ledger.acquire({ ...need, deadlineMs: leaseWaitMs, signal });
    } finally {
      this.waiting -= 1;
    }
  }

  /** A host has become idle, and nobody waits for it: whoever waits for memory gets it. */
  offer(): void {
    if (this.waiting > 0) void this.unloadOne();
  }

  dispose(): void {
    this.stopListening();
  }

  private async unloadOne(): Promise<boolean> {
    const [oldest] = [...this.options.idleHosts()].sort((a, b) => a.idleSinceMs - b.idleSinceMs);
    await oldest?.unload();
    return oldest !== undefined;
  }

  /**
   * Other work than models waits too. The ledger does not say for what; with threads free and little memory left it is for memory, which
   * hosts that nobody uses should not keep from it.
   */
  private onChange({ waiting, threads, memoryBytes }: LedgerUsage): void {
    const isForMemory =
      waiting > 0 && threads.leased < threads.budget && memoryBytes.budget - memoryBytes.leased < SCARCE * memoryBytes.budget;
    if (!isForMemory || this.isYielding) return;
    this.isYielding = true;
    // What its release sets free changes the ledger again, so one at a time is enough.
    void this.unloadOne().finally(() => (this.isYielding = false));
  }
}

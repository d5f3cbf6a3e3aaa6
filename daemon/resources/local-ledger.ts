import {
  cancelledError,
  GrymError,
  systemClock,
  systemTimers,
  type Clock,
  type Disposable,
  type Logger,
  type Timers,
} from '../kernel/index.js';
import type { WorkBudget } from './budget.js';
import type { Lease, LeaseNeed, LeaseRequest, LedgerUsage, ResourceLedger } from './ledger.js';

/** One step of priority goes ahead of so much waiting: what came a minute earlier is served first all the same. */
export const PRIORITY_STEP_MS = 60_000;

const MEBIBYTE = 2 ** 20;

export interface LocalLedgerOptions {
  readonly budget: WorkBudget;
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly logger?: Logger;
}

interface Waiting {
  readonly need: LeaseNeed;
  /** The place in the line: arrival, earlier by the worth of the priority. It never changes while the request waits. */
  readonly rank: number;
  readonly sequence: number;
  readonly grant: (lease: Lease) => void;
  readonly refuse: (error: GrymError) => void;
}

function words({ threads, memoryBytes }: { readonly threads: number; readonly memoryBytes: number }): string {
  return `${threads} ${threads === 1 ? 'thread' : 'threads'} and ${Math.ceil(memoryBytes / MEBIBYTE)} MiB of memory`;
}

/** Counts what was promised to work in this process; it measures nothing. */
export class LocalLedger implements ResourceLedger, Disposable {
  private readonly budget: WorkBudget;
  private readonly clock: Clock;
  private readonly timers: Timers;
  /** In the order in which they are served. */
  private readonly line: Waiting[] = [];
  private readonly listeners = new Set<(usage: LedgerUsage) => void>();
  private threads = 0;
  private memoryBytes = 0;
  private leases = 0;
  private sequence = 0;
  private disposed = false;

  constructor(private readonly options: LocalLedgerOptions) {
    this.budget = options.budget;
    this.clock = options.clock ?? systemClock;
    this.timers = options.timers ?? systemTimers;
  }

  tryAcquire(need: LeaseNeed): Lease | null {
    this.assertPossible(need);
    if (!this.fitsInLine(need)) return null;
    const lease = this.take(need);
    this.changed();
    return lease;
  }

  async acquire(request: LeaseRequest): Promise<Lease> {
    const { signal, deadlineMs } = request;
    if (signal.aborted) throw cancelledError(signal, 'waiting for threads and memory');
    return this.tryAcquire(request) ?? (await this.queue(request, deadlineMs, signal));
  }

  usage(): LedgerUsage {
    return {
      threads: { budget: this.budget.threads, leased: this.threads },
      memoryBytes: { budget: this.budget.memoryBytes, leased: this.memoryBytes },
      leases: this.leases,
      waiting: this.line.length,
    };
  }

  onChange(listener: (usage: LedgerUsage) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dispose(): void {
    this.disposed = true;
    for (const waiting of this.line.splice(0)) waiting.refuse(new GrymError('GRYM_SHUTTING_DOWN', {}));
    this.listeners.clear();
  }

  private assertPossible({ threads, memoryBytes, priority }: LeaseNeed): void {
    if (this.disposed) throw new GrymError('GRYM_SHUTTING_DOWN', {});
    const isCount =
      Number.isInteger(threads) && threads >= 0 && memoryBytes >= 0 && Number.isFinite(memoryBytes) && Number.isFinite(priority);
    if (!isCount) throw new GrymError('GRYM_INTERNAL', { reason: `a lease of ${threads} threads and ${memoryBytes} bytes was asked for` });
    if (threads > this.budget.threads || memoryBytes > this.budget.memoryBytes) {
      throw new GrymError('GRYM_RESOURCE_IMPOSSIBLE', { asked: words({ threads, memoryBytes }), budget: words(this.budget) });
    }
  }

  private queue(need: LeaseNeed, deadlineMs: number, signal: AbortSignal): Promise<Lease> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        stopTimer();
        signal.removeEventListener('abort', onAbort);
      };
      const waiting: Waiting = {
        need,
        rank: this.rankNow(need),
        sequence: (this.sequence += 1),
        grant: (lease) => (leave(), resolve(lease)),
        refuse: (error) => (leave(), reject(error)),
      };
      const onAbort = (): void => this.withdraw(waiting, cancelledError(signal, 'waiting for threads and memory'));
      const onDeadline = (): void => this.withdraw(waiting, this.timeout(need, deadlineMs));
      const stopTimer = deadlineMs === Infinity ? () => undefined : this.timers.after(deadlineMs, onDeadline, { unref: true });
      signal.addEventListener('abort', onAbort, { once: true });
      this.enter(waiting);
      this.changed();
    });
  }

  private timeout(need: LeaseNeed, milliseconds: number): GrymError {
    const { leases, threads, memoryBytes } = this;
    return new GrymError('GRYM_RESOURCE_TIMEOUT', { asked: words(need), milliseconds, leases, leased: words({ threads, memoryBytes }) });
  }

  private enter(waiting: Waiting): void {
    let place = this.line.length;
    for (let before = this.line[place - 1]; before !== undefined && before.rank > waiting.rank; before = this.line[place - 1]) place -= 1;
    this.line.splice(place, 0, waiting);
  }

  private withdraw(waiting: Waiting, error: GrymError): void {
    const place = this.line.indexOf(waiting);
    if (place < 0) return;
    this.line.splice(place, 1);
    waiting.refuse(error);
    this.serve();
    this.changed();
  }

  private rankNow(need: LeaseNeed): number {
    return this.clock.monotonicMs() - need.priority * PRIORITY_STEP_MS;
  }

  private fitsInLine(need: LeaseNeed): boolean {
    const ahead = { threads: 0, memoryBytes: 0 };
    const rank = this.line.length === 0 ? 0 : this.rankNow(need);
    for (const waiting of this.line) {
      if (waiting.rank > rank) break;
      ahead.threads += waiting.need.threads;
      ahead.memoryBytes += waiting.need.memoryBytes;
    }
    return this.fits(need, ahead);
  }

  /** Whether `need` is free, and beside it all that those ahead ask for of the same kind. */
  private fits(need: LeaseNeed, ahead: { readonly threads: number; readonly memoryBytes: number }): boolean {
    const hasThreads = need.threads === 0 || this.threads + ahead.threads + need.threads <= this.budget.threads;
    const hasMemory = need.memoryBytes === 0 || this.memoryBytes + ahead.memoryBytes + need.memoryBytes <= this.budget.memoryBytes;
    return hasThreads && hasMemory;
  }

  private serve(): void {
    const ahead = { threads: 0, memoryBytes: 0 };
    for (let place = 0; place < this.line.length;) {
      const waiting = this.line[place];
      if (waiting === undefined) return;
      if (this.fits(waiting.need, ahead)) {
        this.line.splice(place, 1);
        waiting.grant(this.take(waiting.need));
      } else {
        ahead.threads += waiting.need.threads;
        ahead.memoryBytes += waiting.need.memoryBytes;
        place += 1;
      }
      if (this.threads + ahead.threads >= this.budget.threads && this.memoryBytes + ahead.memoryBytes >= this.budget.memoryBytes) return;
    }
  }

  private take({ threads, memoryBytes }: LeaseNeed): Lease {
    this.threads += threads;
    this.memoryBytes += memoryBytes;
    this.leases += 1;
    let isHeld = true;
    return {
      threads,
      memoryBytes,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.threads -= threads;
        this.memoryBytes -= memoryBytes;
        this.leases -= 1;
        this.serve();
        this.changed();
      },
    };
  }

  private changed(): void {
    if (this.listeners.size === 0) return;
    const usage = this.usage();
    for (const listener of this.listeners) {
      try {
        listener(usage);
      } catch (error) {
        this.options.logger?.error('A listener for the use of threads and memory failed', { error });
      }
    }
  }
}

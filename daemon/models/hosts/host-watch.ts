import { GrymError, type Clock, type Logger, type Timers } from '../../kernel/index.js';
import type { PooledHost } from './host-pool-options.js';
import type { HostPool } from './host-pool.js';
import type { HostedModel } from './model-hosts.js';
import { residentBytesOf } from './process-memory.js';

const LOOK_MS = 250;

export interface HostWatchOptions {
  readonly pools: () => Iterable<HostPool>;
  readonly memoryLimitBytes: (model: HostedModel) => number;
  readonly idleMs: number;
  /** An idle host whose event loop has not turned for so long hangs. */
  readonly healthMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

interface Beat {
  readonly value: number;
  readonly atMs: number;
}

/** Looks at all hosts four times a second, while there are any: memory, health, idleness. */
export class HostWatch {
  private readonly beats = new WeakMap<PooledHost, Beat>();
  private stopTimer: (() => void) | null = null;
  private isDisposed = false;

  constructor(private readonly options: HostWatchOptions) {}

  /** To be called whenever there may be a host; it ends by itself when there is none. */
  wake(): void {
    if (this.isDisposed || this.stopTimer !== null) return;
    this.stopTimer = this.options.timers.after(LOOK_MS, () => void this.look(), { unref: true });
  }

  dispose(): void {
    this.isDisposed = true;
    this.stopTimer?.();
  }

  private async look(): Promise<void> {
    const { pools, logger } = this.options;
    for (const pool of pools()) {
      await this.lookAt(pool).catch((error: unknown) => logger.error('The hosts of a model could not be looked at', { error }));
    }
    this.stopTimer = null;
    // Looked at now: a host may have come while the others were measured, and `wake` did nothing then.
    if ([...pools()].some((pool) => pool.isInUse)) this.wake();
  }

  private async lookAt(pool: HostPool): Promise<void> {
    const { idleMs, logger } = this.options;
    for (const host of pool.processes()) {
      this.checkHealth(pool, host);
      await this.checkMemory(pool, host);
    }
    pool.unloadIdleFor(idleMs).catch((error: unknown) => logger.error('An idle model could not be unloaded', { error }));
  }

  private async checkMemory(pool: HostPool, host: PooledHost): Promise<void> {
    if (host.processId === null) return;
    const taken = await residentBytesOf(host.processId);
    if (taken === null || host.isEnding) return;
    host.residentBytes = taken;
    const allowed = this.options.memoryLimitBytes(pool.model);
    if (taken <= allowed) return;
    const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
    host.kill(new GrymError('GRYM_MODEL_MEMORY', { model: pool.modelId, taken: megabytes(taken), allowed: megabytes(allowed) }), true);
  }

  private checkHealth(pool: HostPool, host: PooledHost): void {
    const { clock, healthMs } = this.options;
    const [value, atMs] = [host.heartbeat(), clock.monotonicMs()];
    const before = this.beats.get(host);
    // While it computes its event loop may stand: then the deadline of the task counts.
    if (before === undefined || before.value !== value || host.state !== 'idle' || host.idleSinceMs > before.atMs) {
      this.beats.set(host, { value, atMs });
    } else if (atMs - before.atMs >= healthMs) {
      const reason = `it has not answered for ${Math.round((atMs - before.atMs) / 1000)} s`;
      host.kill(new GrymError('GRYM_MODEL_HOST_DIED', { model: pool.modelId, what: 'idle', reason }), true);
    }
  }
}

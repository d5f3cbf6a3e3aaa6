import { pathToFileURL } from 'node:url';
import {
  canonicalJson,
  GrymError,
  isGrymError,
  messageOf,
  throwIfCancelled,
  type Clock,
  type Logger,
  type Timers,
} from '../../kernel/index.js';
import type { EventLoopMonitor } from '../../monitoring/index.js';
import { LocalLedger, type Lease, type ResourceLedger } from '../../resources/index.js';
import { hostProcessFile } from './host-child.js';
import type { HostEvent, HostListener } from './host-events.js';
import { isSendable } from './host-messages.js';
import { HostPool } from './host-pool.js';
import { HostRoom } from './host-room.js';
import { HostWatch } from './host-watch.js';
import { ModelHost } from './model-host.js';
import type { HostedModel, HostView, ModelCall, ModelHosts, ModelReply } from './model-hosts.js';
import type { RunnerKind } from './model-runner.js';
import { loadSharedMemory, type SharedMemory } from './shared-memory.js';

export interface ModelHostsOptions {
  readonly ledger: ResourceLedger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** That inference in one host may take, at least 1. */
  readonly threads: number;
  /** That all hosts together may compute with at once; default `threads` × `maximumHosts`. A host that takes more computes alone. */
  readonly maximumThreads?: number;
  /** Processes of one model, at least 1; more than one only where calls queue and there is memory for it. */
  readonly maximumHosts: number;
  /** A host that has not been used for so long is ended. */
  readonly idleMs: number;
  /** How long a model may wait for memory; default 60 s. */
  readonly leaseWaitMs?: number;
  /** From the start of a process to its first sign of life; default 60 s: on a busy machine a host is last in line. */
  readonly startMs?: number;
  /** For loading; default 3 min. */
  readonly loadMs?: number;
  /** An idle host that does not answer for so long is killed; default 30 s. */
  readonly healthMs?: number;
  /** How long a call may wait for a host; default 10 min. */
  readonly waitMs?: number;
  /** Calls of one model that may wait; default 32. */
  readonly maximumWaiting?: number;
  /** Deaths in a row after which a model rests; default 3. */
  readonly maximumDeaths?: number;
  /** How long it rests; default 30 s. */
  readonly restMs?: number;
  /** What a host may take; default half as much again as the model says, and 1 GiB for the process itself. */
  readonly memoryLimitBytes?: (model: HostedModel) => number;
  /** Random numbers of 0 … 1 for the delays between starts. */
  readonly random?: () => number;
  /** Hears of loads, deaths, retries, tasks. */
  readonly onEvent?: HostListener;
  /** Measures what starting a process costs the event loop. */
  readonly monitor?: Pick<EventLoopMonitor, 'measure'>;
  /** For tests: files of modules that are taken in place of a kind's own runner. */
  readonly runnerModules?: Partial<Readonly<Record<RunnerKind, string>>>;
  /** For tests: what is started as a host. */
  readonly processFile?: string;
}

const DEFAULTS = {
  leaseWaitMs: 60_000,
  startMs: 60_000,
  loadMs: 180_000,
  healthMs: 30_000,
  waitMs: 600_000,
  maximumWaiting: 32,
  maximumDeaths: 3,
  restMs: 30_000,
  random: Math.random,
  memoryLimitBytes: ({ memoryBytes }: HostedModel) => 1.5 * memoryBytes + 2 ** 30,
};

type Settled = ModelHostsOptions & typeof DEFAULTS & { readonly maximumThreads: number };

class SupervisedHosts implements ModelHosts {
  private readonly pools = new Map<string, HostPool>();
  private readonly room: HostRoom;
  private readonly watch: HostWatch;
  /** Of threads that compute now; the ledger of all work counts what steps lease, which may be less than what hosts take. */
  private readonly computing: LocalLedger;
  /** How often each model is held now. */
  private readonly holds = new Map<string, number>();
  private memory: SharedMemory | null = null;
  private disposing: Promise<void> | null = null;

  constructor(private readonly options: Settled) {
    const { ledger, leaseWaitMs, maximumThreads, clock, timers } = options;
    this.computing = new LocalLedger({ budget: { threads: maximumThreads, memoryBytes: 0 }, clock, timers });
    this.room = new HostRoom({ ledger, leaseWaitMs, idleHosts: () => [...this.pools.values()].flatMap((pool) => pool.idleHosts()) });
    this.watch = new HostWatch({ ...options, pools: () => this.pools.values() });
  }

  async call(model: HostedModel, call: ModelCall): Promise<ModelReply> {
    if (this.disposing !== null) throw new GrymError('GRYM_SHUTTING_DOWN', {});
    throwIfCancelled(call.signal, call.what);
    if (!isSendable(call.params)) {
      throw new GrymError('GRYM_MODEL_TASK_INVALID', { model: model.modelId, reason: 'its parameters are too large' });
    }
    this.memory ??= loadSharedMemory();
    const answer = this.poolOf(model, this.memory).call(call);
    this.watch.wake();
    return answer;
  }

  unload(modelId: string, signal?: AbortSignal): Promise<void> {
    return this.whileUnloaded(modelId, () => Promise.resolve(), signal);
  }

  async whileUnloaded<Result>(modelId: string, work: () => Promise<Result>, signal = new AbortController().signal): Promise<Result> {
    throwIfCancelled(signal, `unloading ${modelId}`);
    this.hold(modelId);
    try {
      await Promise.all(this.poolsOf(modelId).map((pool) => pool.drain(signal)));
      throwIfCancelled(signal, `unloading ${modelId}`);
      return await work();
    } finally {
      this.release(modelId);
    }
  }

  views(): readonly HostView[] {
    return [...this.pools.values()].flatMap((pool) => pool.views());
  }

  dispose(): Promise<void> {
    this.disposing ??= this.end();
    return this.disposing;
  }

  private poolsOf(modelId: string): HostPool[] {
    return [...this.pools.values()].filter((pool) => pool.modelId === modelId);
  }

  private hold(modelId: string): void {
    this.holds.set(modelId, (this.holds.get(modelId) ?? 0) + 1);
    for (const pool of this.poolsOf(modelId)) pool.hold();
  }

  private release(modelId: string): void {
    const left = (this.holds.get(modelId) ?? 1) - 1;
    if (left > 0) this.holds.set(modelId, left);
    else this.holds.delete(modelId);
    for (const pool of this.poolsOf(modelId)) pool.release();
  }

  private takeThreads(signal: AbortSignal): Promise<Lease> {
    const { threads, maximumThreads, waitMs } = this.options;
    return this.computing.acquire({ threads: Math.min(threads, maximumThreads), memoryBytes: 0, priority: 0, deadlineMs: waitMs, signal });
  }

  private async end(): Promise<void> {
    this.watch.dispose();
    this.computing.dispose();
    this.room.dispose();
    await Promise.all([...this.pools.values()].map((pool) => pool.dispose()));
  }

  /**
   * A model that is loaded with other settings than before gets hosts of its own; the earlier ones end when they are idle. Those that have
   * loaded another version of its files end as soon as their tasks are done.
   */
  private poolOf(model: HostedModel, memory: SharedMemory): HostPool {
    const { provider, modelId, version = '', kind, settings, memoryBytes } = model;
    const { path, remoteGraphs } = settings;
    const key = canonicalJson({ provider, modelId, version, kind, path, remoteGraphs, memoryBytes });
    const found = this.pools.get(key);
    if (found !== undefined) return found;
    for (const [other, pool] of this.pools) {
      if (pool.modelId !== modelId) continue;
      if (!pool.isInUse) this.pools.delete(other);
      else if ((pool.model.version ?? '') !== version) void pool.unload();
    }
    const onEvent = (event: Omit<HostEvent, 'modelId' | 'provider'>): void => this.tell({ ...event, modelId, provider } as HostEvent);
    const takeThreads = (signal: AbortSignal): Promise<Lease> => this.takeThreads(signal);
    const createHost = (): ModelHost => this.createHost(model, memory);
    const pool = new HostPool({ ...this.options, model, room: this.room, takeThreads, createHost, onEvent });
    for (let holds = this.holds.get(modelId) ?? 0; holds > 0; holds -= 1) pool.hold();
    this.pools.set(key, pool);
    return pool;
  }

  private createHost(model: HostedModel, memory: SharedMemory): ModelHost {
    const { threads, startMs, loadMs, clock, timers, monitor, runnerModules, processFile } = this.options;
    const module = runnerModules?.[model.kind];
    const logger = this.options.logger.child({ part: 'model-host', modelId: model.modelId });
    const create = (): ModelHost => {
      const runnerModule = module === undefined ? null : pathToFileURL(module).href;
      return new ModelHost({
        model,
        threads,
        memory,
        file: processFile ?? hostProcessFile(),
        runnerModule,
        startMs,
        loadMs,
        clock,
        timers,
        logger,
      });
    };
    try {
      return monitor === undefined ? create() : monitor.measure('starting a model host', create);
    } catch (error) {
      if (isGrymError(error)) throw error;
      throw new GrymError('GRYM_MODEL_HOSTS_UNAVAILABLE', { reason: messageOf(error) }, { cause: error });
    }
  }

  private tell(event: HostEvent): void {
    try {
      this.options.onEvent?.(event);
    } catch (error) {
      this.options.logger.error('A listener for model hosts failed', { error });
    }
  }
}

/** Starts nothing before the first call. To be disposed: then no process of it is left. */
export function createModelHosts(options: ModelHostsOptions): ModelHosts {
  const set = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as unknown as ModelHostsOptions;
  return new SupervisedHosts({ maximumThreads: options.threads * options.maximumHosts, ...DEFAULTS, ...set });
}

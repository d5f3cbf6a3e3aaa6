import { cancelledError, GrymError, isGrymError, messageOf, throwIfCancelled, toGrymError } from '../../kernel/index.js';
import { RetryDelays } from '../../recovery/index.js';
import type { Lease } from '../../resources/index.js';
import type { HostPoolOptions, PooledHost } from './host-pool-options.js';
import type { IdleHost } from './host-room.js';
import { HostDiedError, type HostEnd } from './model-host.js';
import type { HostedModel, HostView, ModelCall, ModelReply } from './model-hosts.js';

/** Between the death of a host and the start of the next one. */
const BACKOFF = { initialMs: 200, maximumMs: 10_000 };

interface Waiting {
  readonly call: ModelCall;
  readonly resolve: (reply: ModelReply) => void;
  readonly reject: (error: Error) => void;
  retries: number;
  /** Stops its timer and its listener for cancelling. */
  stopWaiting: () => void;
}

/** The hosts of one model, and the calls that wait for one: first come, first served. */
export class HostPool {
  /** Loaded. */
  private readonly hosts = new Set<PooledHost>();
  private readonly loading = new Set<PooledHost>();
  /** Loaded, and given a call, which may still wait for threads. */
  private readonly taken = new Set<PooledHost>();
  /** On their way out, orderly. */
  private readonly unloading = new Set<PooledHost>();
  private readonly waiting: Waiting[] = [];
  /** Of starts that wait for the end of a delay, or for memory. */
  private readonly hesitating = new Set<AbortController>();
  private readonly changeListeners = new Set<() => void>();
  private starting = 0;
  private holds = 0;
  private isDisposed = false;
  private deaths = 0;
  private failures = 0;
  private lastError = '';
  private restUntilMs = -Infinity;
  private nextStartMs = -Infinity;
  private delays: RetryDelays;

  constructor(private readonly options: HostPoolOptions) {
    this.delays = new RetryDelays(BACKOFF, options.random);
  }

  get model(): HostedModel {
    return this.options.model;
  }

  get modelId(): string {
    return this.options.model.modelId;
  }

  /** It has processes, or will have some. */
  get isInUse(): boolean {
    return this.hosts.size + this.loading.size + this.unloading.size + this.starting + this.waiting.length > 0;
  }

  async call(call: ModelCall): Promise<ModelReply> {
    throwIfCancelled(call.signal, call.what);
    if (this.isDisposed) throw new GrymError('GRYM_SHUTTING_DOWN', {});
    if (this.isResting()) throw this.restingError();
    const waiting = this.waiting.length;
    if (waiting >= this.options.maximumWaiting) throw new GrymError('GRYM_MODEL_HOST_BUSY', { model: this.modelId, waiting });
    return new Promise<ModelReply>((resolve, reject) => {
      this.enqueue({ call, resolve, reject, retries: 0, stopWaiting: () => undefined }, 'last');
      this.pump(true);
    });
  }

  /** Ends all hosts, each after its task; meanwhile calls wait. */
  async unload(): Promise<void> {
    this.hold();
    try {
      await this.drain(new AbortController().signal);
    } finally {
      this.release();
    }
  }

  /** From now on calls wait, until it has been released as often as it was held. */
  hold(): void {
    this.holds += 1;
  }

  release(): void {
    this.holds -= 1;
    this.pump(true);
  }

  /** While it is held: ends all hosts, each after its task. Throws GRYM_CANCELLED, with hosts left that are busy. */
  async drain(signal: AbortSignal): Promise<void> {
    for (;;) {
      throwIfCancelled(signal, `unloading ${this.modelId}`);
      for (const start of this.hesitating) start.abort();
      await Promise.all(this.idle().map((host) => this.unloadHost(host, 'asked')));
      if (this.hosts.size + this.starting + this.unloading.size === 0) return;
      await this.nextChange(signal);
    }
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    const error = new GrymError('GRYM_SHUTTING_DOWN', {});
    this.rejectWaiting(error);
    for (const start of this.hesitating) start.abort();
    await Promise.all([...this.hosts, ...this.loading, ...this.unloading].map((host) => host.end(error)));
  }

  /** Those that could be unloaded: nobody waits for them. */
  idleHosts(): readonly IdleHost[] {
    if (this.waiting.length > 0) return [];
    return this.idle().map((host) => ({ idleSinceMs: host.idleSinceMs, unload: () => this.unloadHost(host, 'room') }));
  }

  /** All that have a process. */
  processes(): readonly PooledHost[] {
    return [...this.hosts, ...this.loading].filter((host) => !host.isEnding);
  }

  async unloadIdleFor(idleMs: number): Promise<void> {
    const lastMs = this.options.clock.monotonicMs() - idleMs;
    await Promise.all(this.idle().map(async (host) => host.idleSinceMs <= lastMs && this.unloadHost(host, 'idle')));
  }

  views(): HostView[] {
    const { deaths, lastError } = this;
    const { model, threads, clock } = this.options;
    const { provider, modelId } = model;
    const facts = { provider, modelId, threads, deaths, lastError };
    const views = this.processes().map((host): HostView => {
      const { state, processId, residentBytes, tasksDone } = host;
      const idleMs = state === 'idle' ? Math.round(clock.monotonicMs() - host.idleSinceMs) : 0;
      return { ...facts, state, processId, residentBytes, idleMs, tasksDone };
    });
    const none = { ...facts, processId: null, residentBytes: 0, idleMs: 0, tasksDone: 0 };
    if (views.length === 0 && this.isResting()) return [{ ...none, state: 'resting' }];
    if (views.length === 0 && this.starting > 0) return [{ ...none, state: 'starting' }];
    return views;
  }

  private idle(): PooledHost[] {
    return [...this.hosts].filter((host) => host.state === 'idle' && !host.isEnding && !this.taken.has(host));
  }

  private nextChange(signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve) => {
      const onChange = (): void => {
        this.changeListeners.delete(onChange);
        signal.removeEventListener('abort', onChange);
        resolve();
      };
      this.changeListeners.add(onChange);
      signal.addEventListener('abort', onChange, { once: true });
    });
  }

  private isResting(): boolean {
    return this.hosts.size + this.loading.size === 0 && this.options.clock.monotonicMs() < this.restUntilMs;
  }

  private restingError(): GrymError {
    const seconds = Math.max(1, Math.ceil((this.restUntilMs - this.options.clock.monotonicMs()) / 1000));
    return new GrymError('GRYM_MODEL_HOST_RESTING', { model: this.modelId, failures: this.failures, reason: this.lastError, seconds });
  }

  private enqueue(waiting: Waiting, place: 'first' | 'last'): void {
    const { call, reject } = waiting;
    const { waitMs, timers } = this.options;
    const leave = (error: GrymError): void => {
      const index = this.waiting.indexOf(waiting);
      if (index < 0) return;
      this.waiting.splice(index, 1);
      waiting.stopWaiting();
      reject(error);
      this.pump(false);
    };
    const onAbort = (): void => leave(cancelledError(call.signal, call.what));
    const onLate = (): void =>
      leave(new GrymError('GRYM_DEADLINE_EXCEEDED', { what: `waiting for the model ${this.modelId}`, milliseconds: waitMs }));
    const stopTimer = timers.after(waitMs, onLate, { unref: true });
    call.signal.addEventListener('abort', onAbort, { once: true });
    waiting.stopWaiting = () => {
      stopTimer();
      call.signal.removeEventListener('abort', onAbort);
    };
    if (place === 'last') this.waiting.push(waiting);
    else this.waiting.unshift(waiting);
  }

  private rejectWaiting(error: GrymError): void {
    for (const waiting of this.waiting.splice(0)) {
      waiting.stopWaiting();
      waiting.reject(error);
    }
  }

  /** Gives calls to hosts, and starts hosts. `mayGrow`: also where there is one already. */
  private pump(mayGrow: boolean): void {
    for (const listener of this.changeListeners) listener();
    this.changeListeners.clear();
    if (this.isDisposed || this.holds > 0) return;
    if (this.isResting()) this.rejectWaiting(this.restingError());
    for (const host of this.idle()) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      void this.perform(host, next);
    }
    if (this.waiting.length === 0) for (const start of this.hesitating) start.abort();
    const limit = mayGrow ? this.options.maximumHosts : 1;
    while (this.waiting.length > this.starting && this.hosts.size + this.starting < limit) void this.start();
    if (this.waiting.length === 0 && this.idle().length > 0) this.options.room.offer();
  }

  private async perform(host: PooledHost, waiting: Waiting): Promise<void> {
    const { signal, what } = waiting.call;
    waiting.stopWaiting();
    this.taken.add(host);
    try {
      const threads = await this.options.takeThreads(signal);
      try {
        await this.compute(host, waiting);
      } finally {
        threads.release();
      }
    } catch (error) {
      waiting.reject(signal.aborted ? cancelledError(signal, what) : toGrymError(error));
    }
    this.taken.delete(host);
    this.pump(true);
  }

  private async compute(host: PooledHost, waiting: Waiting): Promise<void> {
    const { call } = waiting;
    const { clock, onEvent } = this.options;
    if (host.isEnding) return this.leave(host, waiting);
    const startMs = clock.monotonicMs();
    const tell = (outcome: 'done' | GrymError['code']): void =>
      onEvent({ type: 'task', task: call.task, outcome, milliseconds: clock.monotonicMs() - startMs });
    try {
      const reply = await host.run(call);
      this.prove();
      tell('done');
      waiting.resolve({ ...reply, retries: waiting.retries });
    } catch (error) {
      // First its end is counted, so that what follows knows of it.
      if (host.isEnding) await host.ended;
      else this.prove();
      const failure = error instanceof HostDiedError ? this.afterDeath(waiting, error.end) : toGrymError(error);
      if (failure !== null) {
        tell(failure.code);
        waiting.reject(failure);
      }
    }
  }

  /** The host has ended while the call waited for threads: that was not the call's doing. */
  private async leave(host: PooledHost, waiting: Waiting): Promise<void> {
    await host.ended;
    if (this.isDisposed) waiting.reject(new GrymError('GRYM_SHUTTING_DOWN', {}));
    else this.enqueue(waiting, 'first');
  }

  /** Null: it is tried once more. */
  private afterDeath(waiting: Waiting, { words, exit }: HostEnd): GrymError | null {
    const { call } = waiting;
    if (call.signal.aborted) return cancelledError(call.signal, call.what);
    if (this.isDisposed) return new GrymError('GRYM_SHUTTING_DOWN', {});
    if (waiting.retries > 0 || this.isResting()) {
      const { code: exitCode, signal } = exit;
      return new GrymError('GRYM_MODEL_HOST_DIED', { model: this.modelId, what: call.what, reason: words, exitCode, signal });
    }
    waiting.retries += 1;
    this.options.onEvent({ type: 'retried', task: call.task });
    this.enqueue(waiting, 'first');
    return null;
  }

  /** It works: what went wrong before is over. */
  private prove(): void {
    this.failures = 0;
    this.delays = new RetryDelays(BACKOFF, this.options.random);
    this.nextStartMs = -Infinity;
    this.restUntilMs = -Infinity;
  }

  private async start(): Promise<void> {
    const isExtra = this.hosts.size + this.starting > 0;
    const hesitation = new AbortController();
    this.starting += 1;
    this.hesitating.add(hesitation);
    let isRefused = false;
    try {
      const lease = await this.room(isExtra, hesitation.signal);
      this.hesitating.delete(hesitation);
      if (lease === null) isRefused = true;
      else await this.startWith(lease);
    } catch (error) {
      this.onStartFailure(error, hesitation.signal.aborted);
    } finally {
      this.hesitating.delete(hesitation);
      this.starting -= 1;
    }
    // Where there is no room for one more, the next change of this pool asks again.
    this.pump(!isRefused);
  }

  private async room(isExtra: boolean, signal: AbortSignal): Promise<Lease | null> {
    const { clock, room } = this.options;
    const delayMs = this.nextStartMs - clock.monotonicMs();
    if (delayMs > 0) await clock.sleep(delayMs, signal);
    const lease = await room.lease(this.model.memoryBytes, isExtra, signal);
    if (lease === null || !(signal.aborted || this.isDisposed)) return lease;
    lease.release();
    throw cancelledError(signal, 'starting a model host');
  }

  private async startWith(lease: Lease): Promise<void> {
    const { createHost, clock, onEvent } = this.options;
    const startMs = clock.monotonicMs();
    let host: PooledHost;
    try {
      host = createHost();
    } catch (error) {
      lease.release();
      throw error;
    }
    this.loading.add(host);
    const gone = host.ended.then((end) => {
      lease.release();
      this.onEnded(host, end);
    });
    try {
      await host.load();
    } catch (error) {
      await host.end(new GrymError('GRYM_SHUTTING_DOWN', {}));
      await gone;
      throw error;
    }
    this.loading.delete(host);
    this.hosts.add(host);
    onEvent({ type: 'loaded', milliseconds: clock.monotonicMs() - startMs });
  }

  /** `isGivenUp`: nobody waited any more. */
  private onStartFailure(error: unknown, isGivenUp: boolean): void {
    if (isGivenUp || this.isDisposed) return;
    if (error instanceof HostDiedError) return; // counted by `onEnded`: tried again, or resting
    if (this.hosts.size + this.loading.size > 0) {
      this.options.logger.warn('One more host for a model could not be started', { modelId: this.modelId, reason: messageOf(error) });
      return;
    }
    const failure = isGrymError(error)
      ? error
      : new GrymError('GRYM_MODEL_FAULT', { model: this.modelId, reason: messageOf(error) }, { cause: error });
    this.lastError = failure.message;
    this.rejectWaiting(failure);
  }

  private onEnded(host: PooledHost, { unplanned, words }: HostEnd): void {
    this.hosts.delete(host);
    this.loading.delete(host);
    if (!unplanned) return;
    const { clock, maximumDeaths, restMs, logger, onEvent } = this.options;
    this.deaths += 1;
    this.failures += 1;
    this.lastError = words;
    this.nextStartMs = clock.monotonicMs() + this.delays.next();
    if (this.failures >= maximumDeaths) this.restUntilMs = clock.monotonicMs() + restMs;
    logger.warn('The process of a model ended', { modelId: this.modelId, processId: host.processId, reason: words, inARow: this.failures });
    onEvent({ type: 'died', reason: words });
    if (host.state === 'idle') this.pump(false);
  }

  private async unloadHost(host: PooledHost, reason: 'idle' | 'room' | 'asked'): Promise<void> {
    this.hosts.delete(host);
    this.unloading.add(host);
    this.options.logger.info('A model was unloaded', { modelId: this.modelId, reason });
    this.options.onEvent({ type: 'unloaded', reason });
    await host.end(new GrymError('GRYM_SHUTTING_DOWN', {}));
    this.unloading.delete(host);
    this.pump(false);
  }
}

import {
  cancelledError,
  GrymError,
  messageOf,
  throwIfCancelled,
  type Clock,
  type JsonValue,
  type Logger,
  type Timers,
} from '../../kernel/index.js';
import { HostChild, type HostExit } from './host-child.js';
import { fromWireHostError, reportSchema, type HostReport, type TaskReport } from './host-messages.js';
import type { HostedModel, HostState, ModelCall } from './model-hosts.js';
import { DaemonArena } from './shared-arena.js';
import type { SharedMemory } from './shared-memory.js';
import type { Placed } from './tensor-transfer.js';
import type { Tensors } from './tensor.js';

/** So long a cancelled runner may compute on; then its process is killed, so that computing has stopped within 500 ms. */
const CANCEL_GRACE_MS = 400;

export interface ModelHostOptions {
  readonly model: HostedModel;
  readonly threads: number;
  readonly memory: SharedMemory;
  readonly file: string;
  /** Address of a module in place of the kind's own runner; null: the kind's own. */
  readonly runnerModule: string | null;
  readonly startMs: number;
  readonly loadMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export interface HostReply {
  readonly result: JsonValue;
  readonly tensors: Tensors;
}

/** Why a host is gone. `unplanned`: by itself, or because it hung or took too much; counts towards resting. */
export interface HostEnd {
  readonly unplanned: boolean;
  readonly words: string;
  readonly exit: HostExit;
}

/** The process ended under a task, by itself: the task may be tried once more in another one. */
export class HostDiedError extends Error {
  constructor(readonly end: HostEnd) {
    super(end.words);
    this.name = 'HostDiedError';
  }
}

interface Pending {
  readonly wants: (report: HostReport) => boolean;
  readonly resolve: (report: HostReport) => void;
  readonly reject: (error: Error) => void;
}

/** One process with one loaded model: does one task at a time. */
export class ModelHost {
  /** Never rejects. */
  readonly ended: Promise<HostEnd>;
  state: Exclude<HostState, 'resting'> = 'starting';
  tasksDone = 0;
  residentBytes = 0;
  /** When it became idle; monotonic. */
  idleSinceMs = 0;

  private readonly arena: DaemonArena;
  private readonly child: HostChild;
  private pending: Pending | null = null;
  private onTaskReport: ((report: TaskReport) => void) | null = null;
  private nextTaskId = 1;
  /** What whoever waits is told when the process is gone; null: it died by itself. */
  private killedFor: { readonly error: GrymError; readonly unplanned: boolean } | null = null;
  private brokenOff: string | null = null;
  private hasEnded = false;

  constructor(private readonly options: ModelHostOptions) {
    const { memory, file, logger, timers, clock } = options;
    this.arena = DaemonArena.create(memory);
    this.child = new HostChild({
      ...{ file, descriptors: this.arena.descriptors, memory, logger, timers, nowMs: () => clock.monotonicMs() },
      onMessage: (message) => this.onMessage(message),
      onNonsense: (reason) => this.breakOff(reason),
    });
    this.ended = this.watch();
  }

  get processId(): number | null {
    return this.child.processId;
  }

  /** Of the memory that it shares with the daemon. */
  get sharedBytes(): number {
    return this.hasEnded ? 0 : this.arena.byteLength;
  }

  /** Changes while its event loop turns. */
  heartbeat(): number {
    return this.hasEnded ? 0 : this.arena.heartbeat();
  }

  /** From the start of its process to the loaded model. Throws what the runner throws, HostDiedError, GRYM_DEADLINE_EXCEEDED. */
  async load(): Promise<void> {
    const { model, threads, runnerModule, startMs, loadMs } = this.options;
    const { modelId, kind, settings } = model;
    // A message of a process that starts may come in the very turn of its start, but never before it.
    await this.reportWithin(startMs, `starting the process of ${modelId}`, ({ type }) => type === 'ready');
    this.state = 'loading';
    this.child.send({
      type: 'load',
      modelId,
      kind,
      path: settings.path,
      threads,
      remoteGraphs: { ...settings.remoteGraphs },
      runnerModule,
    });
    const isAnswer = ({ type }: HostReport): boolean => type === 'loaded' || type === 'not-loaded';
    const answer = await this.reportWithin(loadMs, `loading the model ${modelId}`, isAnswer);
    if (answer.type === 'not-loaded') throw fromWireHostError(answer.error);
    this.becomeIdle();
  }

  /**
   * Throws what the runner throws; HostDiedError where the process died by itself; GRYM_DEADLINE_EXCEEDED, GRYM_MODEL_MEMORY, GRYM_CANCELLED.
   * Settles when the computation has stopped.
   */
  async run(call: ModelCall): Promise<HostReply> {
    const { signal, what } = call;
    this.state = 'busy';
    this.child.hold(true);
    try {
      const placed = await this.place(call.tensors ?? {});
      throwIfCancelled(signal, what);
      const report = await this.perform(call, placed);
      if (report.type === 'failed') throw signal.aborted ? cancelledError(signal, what) : fromWireHostError(report.error);
      if (report.type !== 'done') throw new GrymError('GRYM_INTERNAL', { reason: `a task ended with the report ${report.type}` });
      throwIfCancelled(signal, what);
      return { result: report.result, tensors: await this.read(report) };
    } finally {
      if (!this.isEnding) this.tasksDone += 1;
      this.becomeIdle();
    }
  }

  /** At once. Who waits for it gets the error. `unplanned`: it hung or took too much, which counts as a death. */
  kill(error: GrymError, unplanned: boolean): void {
    if (this.hasEnded) return;
    this.killedFor ??= { error, unplanned };
    this.child.kill();
  }

  /** Orderly: its model is put away first. For a host without a task; one that has a task is told to stop. */
  async end(error: GrymError): Promise<void> {
    if (this.hasEnded) return;
    this.killedFor ??= { error, unplanned: false };
    await this.child.end();
    await this.ended;
  }

  get isEnding(): boolean {
    return this.hasEnded || this.killedFor !== null || this.brokenOff !== null;
  }

  private becomeIdle(): void {
    if (this.hasEnded) return;
    this.state = 'idle';
    this.idleSinceMs = this.options.clock.monotonicMs();
    this.child.hold(false);
  }

  private async place(tensors: Tensors): Promise<Placed> {
    const { modelId } = this.options.model;
    try {
      return await this.arena.writeRequest(tensors);
    } catch (error) {
      if (this.hasEnded) throw await this.goneError();
      if (error instanceof RangeError)
        throw new GrymError('GRYM_MODEL_TASK_INVALID', { model: modelId, reason: error.message }, { cause: error });
      throw new GrymError('GRYM_MODEL_FAULT', { model: modelId, reason: messageOf(error) }, { cause: error });
    }
  }

  private async read(placed: Placed): Promise<Tensors> {
    try {
      return await this.arena.readReply(placed);
    } catch (error) {
      if (!this.hasEnded) this.breakOff(messageOf(error));
      throw await this.goneError();
    }
  }

  private perform(call: ModelCall, placed: Placed): Promise<HostReport> {
    const id = this.nextTaskId;
    this.nextTaskId = id === 2 ** 31 - 1 ? 1 : id + 1;
    const { task, params, what, signal, deadlineMs } = call;
    this.onTaskReport = (report) => this.handOn(call, id, report);
    const { stop, onAbort } = this.stopper(call, id);
    signal.addEventListener('abort', onAbort, { once: true });
    const isEnd = (report: HostReport): boolean => (report.type === 'done' || report.type === 'failed') && report.id === id;
    const reply = this.reportWithin(deadlineMs, what, isEnd);
    this.child.send({ type: 'run', id, task, what, params, ...placed });
    return reply.finally(() => {
      stop();
      signal.removeEventListener('abort', onAbort);
      this.onTaskReport = null;
    });
  }

  /** Cancelling: the flag, a message, and after a while the end of the process. */
  private stopper({ signal, what }: ModelCall, id: number): { stop: () => void; onAbort: () => void } {
    let stop = (): void => undefined;
    const onAbort = (): void => {
      if (this.hasEnded) return;
      this.arena.cancel(id);
      this.child.send({ type: 'cancel', id });
      stop = this.options.timers.after(CANCEL_GRACE_MS, () => this.kill(cancelledError(signal, what), false));
    };
    return { stop: () => stop(), onAbort };
  }

  private handOn(call: ModelCall, id: number, report: TaskReport): void {
    if (report.id !== id || call.signal.aborted) return; // of a task that was given up
    try {
      if (report.type === 'progress') call.onProgress?.(report.fraction, report.stage);
      if (report.type === 'event') call.onEvent?.(report.event);
    } catch (error) {
      this.options.logger.error('A listener for the progress of a model failed', { error });
    }
  }

  private reportWithin(milliseconds: number, what: string, wants: (report: HostReport) => boolean): Promise<HostReport> {
    if (this.hasEnded) return this.goneError().then((error) => Promise.reject(error));
    const late = (): void => this.kill(new GrymError('GRYM_DEADLINE_EXCEEDED', { what, milliseconds }), true);
    const stop = this.options.timers.after(milliseconds, late);
    return new Promise<HostReport>((resolve, reject) => (this.pending = { wants, resolve, reject })).finally(() => {
      stop();
      this.pending = null;
    });
  }

  private onMessage(message: unknown): void {
    if (this.isEnding) return;
    const parsed = reportSchema.safeParse(message);
    if (!parsed.success) return this.breakOff(parsed.error.message);
    const report = parsed.data;
    if (this.pending?.wants(report) === true) return this.pending.resolve(report);
    if (report.type === 'progress' || report.type === 'event') return this.onTaskReport?.(report);
    this.breakOff(`nobody had asked for the message "${report.type}"`);
  }

  /** What a process that breaks the rules says cannot be trusted any more: it counts as one that died. */
  private breakOff(reason: string): void {
    const words = `it broke the rules between daemon and host: ${reason.replaceAll(/\s+/g, ' ').slice(0, 500)}`;
    this.brokenOff ??= words;
    this.child.kill();
  }

  private async watch(): Promise<HostEnd> {
    const exit = await this.child.exited;
    this.hasEnded = true;
    this.arena.close();
    const { killedFor } = this;
    const words = this.brokenOff ?? (killedFor === null ? this.deathWords(exit) : killedFor.error.message);
    const end: HostEnd = { unplanned: killedFor?.unplanned ?? true, words, exit };
    this.pending?.reject(killedFor?.error ?? new HostDiedError(end));
    return end;
  }

  private deathWords(exit: HostExit): string {
    const { lastLine } = this.child;
    return lastLine === '' || exit.signal !== null ? exit.words : `${exit.words}, its last words: ${lastLine.slice(0, 300)}`;
  }

  private async goneError(): Promise<Error> {
    const end = await this.ended;
    return this.killedFor?.error ?? new HostDiedError(end);
  }
}

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { cancelledError, findPackageRoot, GrymError, messageOf, systemClock, throwIfCancelled, type Clock } from '../../kernel/index.js';
import {
  CANCEL_WORD,
  CONTROL_BYTES,
  PROGRESS_WORD,
  RESULT_SCHEMAS,
  threadReportSchema,
  type DspKind,
  type DspOrder,
  type DspWork,
  type ThreadSettings,
} from './dsp-messages.js';

const PROGRESS_INTERVAL_MS = 25;
/** Work that has been told to stop looks at its flag every few milliseconds; a thread that does not is given up. */
const STOP_GRACE_MS = 1_000;

/** How the owner of a worker calls what can go wrong in it. */
export interface DspErrors {
  moduleMissing(path: string, reason: string): GrymError;
  /** `code`: the addon's own word, where it has one. */
  failed(reason: string, code: string | null, cause?: unknown): GrymError;
  unavailable(failures: number, reason: string, seconds: number): GrymError;
}

export interface DspWorkerOptions {
  readonly modulePath: string;
  /** Deaths in a row after which a new request is refused until `cooldownMs` have passed. */
  readonly maximumFailures: number;
  readonly cooldownMs: number;
  readonly clock: Clock;
  /** 0: as important as the rest of the process; up to 19: behind others. */
  readonly niceness: number;
  /** Of the thread, as debuggers and `top -H` show it. */
  readonly name: string;
  readonly errors: DspErrors;
}

/** What an owner may leave to the defaults. */
export type DspWorkerSettings = Omit<DspWorkerOptions, 'errors' | 'name'>;

export interface PerformOptions {
  readonly signal: AbortSignal;
  /** Completes "Cancelled: …". */
  readonly what: string;
  /** 0 … 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

interface Job {
  readonly order: DspOrder;
  readonly what: string;
  readonly control: Int32Array;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Times that a thread died under it. */
  deaths: number;
}

/** The compiled worker: beside this file in build/js, or there for a caller that runs from the sources. */
function workerFile(): string {
  const beside = join(dirname(fileURLToPath(import.meta.url)), 'dsp-thread.js');
  return existsSync(beside) ? beside : join(findPackageRoot(), 'build/js/daemon/audio/workshop/dsp-thread.js');
}

/** One supervised thread of native/dsp that does one order after another. A thread that dies is replaced, and its order tried once more. */
export class DspWorker {
  private worker: Worker | null = null;
  private readonly waiting: Job[] = [];
  private running: Job | null = null;
  private failures = 0;
  private refusedUntilMs = 0;
  private lastFailure = 'it was never started';
  private nextId = 1;
  private disposed = false;

  constructor(private readonly options: DspWorkerOptions) {}

  static defaults(): DspWorkerSettings {
    const modulePath = join(findPackageRoot(), 'build/native/dsp.node');
    return { modulePath, maximumFailures: 3, cooldownMs: 10_000, clock: systemClock, niceness: 0 };
  }

  /** Starts the thread ahead of the first order. */
  warmUp(): void {
    if (!this.disposed) this.ensureWorker();
  }

  /**
   * Samples in `input` are copied, and stay the caller's: an order whose thread dies is given to the next one. What lies in a
   * SharedArrayBuffer is not copied and must not change meanwhile.
   */
  async perform<Kind extends DspKind>(
    kind: Kind,
    input: DspWork[Kind]['input'],
    options: PerformOptions,
  ): Promise<DspWork[Kind]['result']> {
    const { signal, what, onProgress } = options;
    throwIfCancelled(signal, what);
    this.throwIfRefused();
    const shared = new SharedArrayBuffer(CONTROL_BYTES);
    const control = new Int32Array(shared);
    let job: Job | undefined;
    const onAbort = (): void => {
      Atomics.store(control, CANCEL_WORD, 1);
      if (job !== undefined) this.abandon(job, cancelledError(signal, what));
    };
    let last = -1;
    const timer = setInterval(() => {
      const thousandths = Atomics.load(control, PROGRESS_WORD);
      if (thousandths !== last) onProgress?.((last = thousandths) / 1000);
    }, PROGRESS_INTERVAL_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        job = { order: { id: this.nextId, kind, input, control: shared }, what, control, resolve, reject, deaths: 0 };
        this.nextId += 1;
        this.waiting.push(job);
        this.next();
      });
      return this.checked(kind, result);
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    const error = new GrymError('GRYM_SHUTTING_DOWN', {});
    for (const job of this.waiting.splice(0)) job.reject(error);
    if (this.running !== null) {
      Atomics.store(this.running.control, CANCEL_WORD, 1);
      this.running.reject(error);
      this.running = null;
    }
    const { worker } = this;
    this.worker = null;
    await worker?.terminate();
  }

  private throwIfRefused(): void {
    if (this.disposed) throw new GrymError('GRYM_SHUTTING_DOWN', {});
    if (this.options.clock.monotonicMs() >= this.refusedUntilMs) return;
    throw this.options.errors.unavailable(this.failures, this.lastFailure, Math.ceil(this.options.cooldownMs / 1000));
  }

  private checked<Kind extends DspKind>(kind: Kind, result: unknown): DspWork[Kind]['result'] {
    const parsed = RESULT_SCHEMAS[kind].safeParse(result);
    if (parsed.success) return parsed.data;
    throw this.options.errors.failed(`the native module answered with something else than was asked: ${parsed.error.message}`, null);
  }

  private ensureWorker(): Worker {
    if (this.worker !== null) return this.worker;
    const { modulePath, niceness, name } = this.options;
    const settings: ThreadSettings = { modulePath, niceness };
    const worker = new Worker(workerFile(), { workerData: settings, name });
    this.worker = worker;
    worker.on('message', (message: unknown) => this.onReport(worker, message));
    worker.on('error', (error) => this.onDeath(worker, messageOf(error)));
    worker.on('exit', (code) => this.onDeath(worker, `its thread ended with code ${code}`));
    this.holdProcess(worker);
    return worker;
  }

  /** The thread keeps the process alive only while it has work. */
  private holdProcess(worker: Worker): void {
    if (this.running !== null || this.waiting.length > 0) worker.ref();
    else worker.unref();
  }

  private next(): void {
    if (this.running !== null || this.disposed) return;
    const job = this.waiting.shift();
    if (job === undefined) {
      if (this.worker !== null) this.holdProcess(this.worker);
      return;
    }
    this.running = job;
    try {
      const worker = this.ensureWorker();
      this.holdProcess(worker);
      worker.postMessage(job.order);
    } catch (error) {
      this.settle(job, () => job.reject(this.options.errors.failed(messageOf(error), null, error)));
    }
  }

  private settle(job: Job, finish: () => void): void {
    if (this.running === job) this.running = null;
    finish();
    this.next();
  }

  /** The caller has left. The order itself stops at its next look at the flag; then the thread is free again. */
  private abandon(job: Job, error: Error): void {
    const place = this.waiting.indexOf(job);
    if (place >= 0) this.waiting.splice(place, 1);
    job.reject(error);
    if (this.running !== job) return;
    const { worker } = this;
    setTimeout(() => {
      if (this.running === job && this.worker === worker && worker !== null) void worker.terminate();
    }, STOP_GRACE_MS).unref();
  }

  private onReport(worker: Worker, message: unknown): void {
    if (this.worker !== worker) return;
    const parsed = threadReportSchema.safeParse(message);
    if (!parsed.success) return this.onDeath(worker, `its thread answered with something else than was asked: ${parsed.error.message}`);
    const report = parsed.data;
    if (report.kind === 'ready') return;
    if (report.kind === 'module-missing') return this.onModuleMissing(worker, report.reason);
    const job = this.running;
    if (job === null || job.order.id !== report.id) return;
    this.failures = 0;
    if (report.kind === 'done') this.settle(job, () => job.resolve(report.result));
    else if (report.kind === 'cancelled') this.settle(job, () => job.reject(new GrymError('GRYM_CANCELLED', { what: job.what })));
    else this.settle(job, () => job.reject(this.options.errors.failed(report.reason, report.code)));
  }

  private onModuleMissing(worker: Worker, reason: string): void {
    this.worker = null;
    void worker.terminate();
    const error = this.options.errors.moduleMissing(this.options.modulePath, reason);
    const jobs = [...(this.running === null ? [] : [this.running]), ...this.waiting.splice(0)];
    this.running = null;
    for (const job of jobs) job.reject(error);
  }

  private onDeath(worker: Worker, reason: string): void {
    if (this.worker !== worker) return;
    this.worker = null;
    void worker.terminate();
    this.failures += 1;
    this.lastFailure = reason;
    const job = this.running;
    this.running = null;
    if (this.disposed) return;
    if (this.failures >= this.options.maximumFailures) this.refusedUntilMs = this.options.clock.monotonicMs() + this.options.cooldownMs;
    if (job !== null) {
      job.deaths += 1;
      const cancelled = Atomics.load(job.control, CANCEL_WORD) !== 0;
      if (job.deaths > 1 || cancelled || this.failures >= this.options.maximumFailures)
        job.reject(this.options.errors.failed(reason, null));
      else this.waiting.unshift(job);
    }
    this.next();
  }
}

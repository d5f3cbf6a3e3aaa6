import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { cancelledError, findPackageRoot, GrymError, messageOf, systemClock, throwIfCancelled, type Clock } from '../kernel/index.js';
import {
  CANCEL_WORD,
  CONTROL_BYTES,
  PROGRESS_WORD,
  workerReportSchema,
  type Rendered,
  type RenderOrder,
  type RenderPlan,
  type WorkerSettings,
} from './dsp-messages.js';

const PROGRESS_INTERVAL_MS = 25;
/** A render that has been told to stop looks at its flag every few milliseconds; a thread that does not is given up. */
const STOP_GRACE_MS = 1_000;

export interface RenderWorkerOptions {
  readonly modulePath: string;
  /** Deaths in a row after which a new request is refused until `cooldownMs` have passed. */
  readonly maximumFailures: number;
  readonly cooldownMs: number;
  readonly clock: Clock;
}

interface Job {
  readonly order: RenderOrder;
  readonly control: Int32Array;
  readonly resolve: (result: Rendered) => void;
  readonly reject: (error: Error) => void;
  /** Times that a thread died under it. */
  deaths: number;
}

/** The compiled worker: beside this file in build/js, or there for a caller that runs from the sources. */
function workerFile(): string {
  const beside = join(dirname(fileURLToPath(import.meta.url)), 'procedural-worker.js');
  return existsSync(beside) ? beside : join(findPackageRoot(), 'build/js/daemon/models/procedural-worker.js');
}

/** One supervised thread that renders one order after another. A thread that dies is replaced, and its order tried once more. */
export class RenderWorker {
  private worker: Worker | null = null;
  private readonly waiting: Job[] = [];
  private running: Job | null = null;
  private failures = 0;
  private refusedUntilMs = 0;
  private lastFailure = 'it was never started';
  private nextId = 1;
  private disposed = false;

  constructor(private readonly options: RenderWorkerOptions) {}

  static defaults(): RenderWorkerOptions {
    return { modulePath: join(findPackageRoot(), 'build/native/dsp.node'), maximumFailures: 3, cooldownMs: 10_000, clock: systemClock };
  }

  /** Starts the thread ahead of the first order. */
  warmUp(): void {
    if (!this.disposed) this.ensureWorker();
  }

  async render(plan: RenderPlan, signal: AbortSignal, onProgress: (fraction: number) => void): Promise<Rendered> {
    throwIfCancelled(signal, 'rendering');
    this.throwIfRefused();
    const shared = new SharedArrayBuffer(CONTROL_BYTES);
    const control = new Int32Array(shared);
    let job: Job | undefined;
    const onAbort = (): void => {
      Atomics.store(control, CANCEL_WORD, 1);
      if (job !== undefined) this.abandon(job, cancelledError(signal, 'rendering'));
    };
    let last = -1;
    const timer = setInterval(() => {
      const thousandths = Atomics.load(control, PROGRESS_WORD);
      if (thousandths !== last) onProgress((last = thousandths) / 1000);
    }, PROGRESS_INTERVAL_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await new Promise<Rendered>((resolve, reject) => {
        job = { order: { id: this.nextId, plan, control: shared }, control, resolve, reject, deaths: 0 };
        this.nextId += 1;
        this.waiting.push(job);
        this.next();
      });
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
    throw new GrymError('GRYM_GENERATOR_UNAVAILABLE', {
      failures: this.failures,
      reason: this.lastFailure,
      seconds: Math.ceil(this.options.cooldownMs / 1000),
    });
  }

  private ensureWorker(): Worker {
    if (this.worker !== null) return this.worker;
    const settings: WorkerSettings = { modulePath: this.options.modulePath };
    const worker = new Worker(workerFile(), { workerData: settings, name: 'grym-dsp' });
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
      this.settle(job, () => job.reject(new GrymError('GRYM_GENERATOR_FAILED', { reason: messageOf(error) }, { cause: error })));
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
    const parsed = workerReportSchema.safeParse(message);
    if (!parsed.success) return this.onDeath(worker, `its thread answered with something else than was asked: ${parsed.error.message}`);
    const report = parsed.data;
    if (report.kind === 'ready') return;
    if (report.kind === 'module-missing') return this.onModuleMissing(worker, report.reason);
    const job = this.running;
    if (job === null || job.order.id !== report.id) return;
    this.failures = 0;
    if (report.kind === 'rendered') this.settle(job, () => job.resolve(report.result));
    else if (report.kind === 'cancelled') this.settle(job, () => job.reject(new GrymError('GRYM_CANCELLED', { what: 'rendering' })));
    else this.settle(job, () => job.reject(new GrymError('GRYM_GENERATOR_FAILED', { reason: report.reason })));
  }

  private onModuleMissing(worker: Worker, reason: string): void {
    this.worker = null;
    void worker.terminate();
    const error = new GrymError('GRYM_GENERATOR_MODULE_MISSING', { path: this.options.modulePath, reason });
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
        job.reject(new GrymError('GRYM_GENERATOR_FAILED', { reason }));
      else this.waiting.unshift(job);
    }
    this.next();
  }
}

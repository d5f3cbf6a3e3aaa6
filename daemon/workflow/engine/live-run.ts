import type { JsonObject } from '../../kernel/index.js';
import type { RunHandle, RunRecord, RunState, RunWait, StepTiming } from '../types.js';
import type { JournalledRun } from './journal-rows.js';

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  // Nobody may be waiting, for instance for a run that was resumed.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

// A finer step would cost more in events than a progress bar can show.
const PROGRESS_STEP = 0.01;

/** What is in memory of an open run for whoever asks, and those who wait for its end. */
export class LiveRun {
  private finishedDeferred = deferred<RunRecord>();
  private settledDeferred = deferred<RunRecord>();
  private isParked = false;
  private readonly whenClosed: (() => void)[] = [];
  state: RunState;
  step: string | null = null;
  fraction = 0;
  stage = 'waiting for its turn';
  waitingFor: RunWait | null = null;
  clipHash: string | null;
  outputs: JsonObject | null = null;
  retries: number;
  readonly timings: StepTiming[] = [];
  /** Beginning with what was said of it at acceptance. */
  readonly notes: string[];
  /** Some result is less than what was asked for. */
  isLibraryOnly = false;
  /** By position in the graph: branches end in any order. */
  private readonly explained: { position: string; lines: readonly string[] }[] = [];

  constructor(
    readonly run: JournalledRun,
    readonly resumptions: number,
  ) {
    this.state = run.state;
    this.clipHash = run.clipHash;
    this.retries = run.retries;
    this.notes = [...run.notes];
  }

  get handle(): RunHandle {
    return { runId: this.run.runId, finished: this.finishedDeferred.promise, settled: this.settledDeferred.promise };
  }

  explain(position: string, lines: readonly string[]): void {
    if (lines.length === 0) return;
    let place = this.explained.length;
    while (place > 0 && (this.explained[place - 1]?.position ?? '') > position) place -= 1;
    this.explained.splice(place, 0, { position, lines });
  }

  get explanation(): string[] {
    return this.explained.flatMap(({ lines }) => lines);
  }

  /** To be filled anew from the journal. */
  forgetResults(): void {
    this.explained.length = 0;
    this.timings.length = 0;
    this.notes.splice(0, this.notes.length, ...this.run.notes);
    this.isLibraryOnly = false;
  }

  /** True where the change is worth an event. */
  moved(fraction: number, stage: string, step: string | null): boolean {
    const changed = stage !== this.stage || step !== this.step || fraction - this.fraction >= PROGRESS_STEP;
    if (!changed) return false;
    this.fraction = Math.max(this.fraction, Math.min(1, fraction));
    this.stage = stage;
    this.step = step;
    return true;
  }

  /** Called once, when the run has ended, however often those who wait for it were told of trouble before. */
  onClosed(call: () => void): void {
    this.whenClosed.push(call);
  }

  closed(): void {
    for (const call of this.whenClosed.splice(0)) call();
  }

  /** The run goes on after those who waited for it were told that it could not: who asks now waits for its true end. */
  renew(): void {
    this.finishedDeferred = deferred<RunRecord>();
    if (!this.isParked) this.settledDeferred = deferred<RunRecord>();
  }

  parked(record: RunRecord): void {
    this.isParked = true;
    this.settledDeferred.resolve(record);
  }

  succeeded(record: RunRecord): void {
    this.settledDeferred.resolve(record);
    this.finishedDeferred.resolve(record);
  }

  failed(error: unknown): void {
    this.settledDeferred.reject(error);
    this.finishedDeferred.reject(error);
  }
}

import type { JournalledRun } from './run-journal.js';
import type { RunHandle, RunRecord } from './types.js';

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

/** What is only in memory of an open run: who waits for it, how far it is, and the way to stop it. */
export class LiveRun {
  readonly controller = new AbortController();
  private readonly finishedDeferred = deferred<RunRecord>();
  private readonly settledDeferred = deferred<RunRecord>();
  fraction = 0;
  stage = 'waiting for its turn';
  /** The work under way; resolves always. */
  work: Promise<void> = Promise.resolve();

  constructor(readonly run: JournalledRun) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get handle(): RunHandle {
    return { runId: this.run.runId, finished: this.finishedDeferred.promise, settled: this.settledDeferred.promise };
  }

  parked(record: RunRecord): void {
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

import { cancelledError, type Clock, type Timers } from '../../../daemon/kernel/index.js';

interface Due {
  readonly atMs: number;
  readonly sequence: number;
  readonly call: () => void;
}

/** A clock and its timers that stand still until they are turned. */
export class FakeClock implements Clock, Timers {
  private monotonic = 0;
  private due: Due[] = [];
  private sequence = 0;

  constructor(private wall = Date.UTC(2026, 0, 1)) {}

  nowMs(): number {
    return this.wall;
  }

  monotonicMs(): number {
    return this.monotonic;
  }

  /** Timers that have not been called or stopped. */
  get pending(): number {
    return this.due.length;
  }

  after(milliseconds: number, call: () => void): () => void {
    const entry = { atMs: this.monotonic + milliseconds, sequence: (this.sequence += 1), call };
    this.due.push(entry);
    return () => (this.due = this.due.filter((other) => other !== entry));
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelledError(signal, 'waiting'));
      const onAbort = (): void => (stop(), reject(cancelledError(signal, 'waiting')));
      const stop = this.after(milliseconds, () => (signal?.removeEventListener('abort', onAbort), resolve()));
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Lets time pass; what becomes due is called in order, and what follows from it runs before the next. */
  async turn(milliseconds: number): Promise<void> {
    const end = this.monotonic + milliseconds;
    await settle();
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.due = this.due.filter((other) => other !== next);
      this.moveTo(next.atMs);
      next.call();
      await settle();
    }
    this.moveTo(end);
  }

  /** Turns on, timer by timer, until the promise has settled. */
  async turnUntil<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => void (settled = true);
    promise.then(done, done);
    for (await settle(); !settled; await settle()) {
      const next = this.next(Infinity);
      // What it waits for is real (a file, a process, a socket): give it time without turning.
      await (next === undefined ? new Promise((resolve) => setImmediate(resolve)) : this.turn(next.atMs - this.monotonic));
    }
    return promise;
  }

  /** The wall clock is set by somebody; nothing becomes due. */
  jumpWall(milliseconds: number): void {
    this.wall += milliseconds;
  }

  private next(end: number): Due | undefined {
    return this.due.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence)[0];
  }

  private moveTo(monotonic: number): void {
    this.wall += monotonic - this.monotonic;
    this.monotonic = monotonic;
  }
}

/** Until everything that is ready has run. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

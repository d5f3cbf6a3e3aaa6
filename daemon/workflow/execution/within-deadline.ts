import { cancelledError, type GrymError, type Timers } from '../../kernel/index.js';

export type WorkEnd<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'thrown'; readonly error: unknown }
  /** Told to stop, by the caller's signal or the deadline. `isStillRunning`: it did not within the grace. */
  | { readonly kind: 'overtaken'; readonly error: GrymError; readonly isStillRunning: boolean };

export interface WithinOptions {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  readonly deadlineError: () => GrymError;
  /** How long work that was told to stop may take to do so, before it is left behind. */
  readonly graceMs: number;
  readonly timers: Timers;
  /** Completes "Cancelled: …". */
  readonly what: string;
}

/**
 * Runs `work` until it ends; where the signal fires or the deadline passes first, until it has stopped, but not longer than the grace.
 * Where the signal has fired already, nothing is begun. So two attempts of work that listens never run beside each other, and work that does not listen holds nobody up for ever.
 */
export function withinDeadline<T>(options: WithinOptions, work: (signal: AbortSignal) => Promise<T>): Promise<WorkEnd<T>> {
  const { signal: outer, timers } = options;
  if (outer.aborted) {
    return Promise.resolve({ kind: 'overtaken', error: cancelledError(outer, options.what), isStillRunning: false });
  }
  return new Promise((resolve) => {
    const controller = new AbortController();
    let overtakenBy: GrymError | null = null;
    let stopTimer = (): void => undefined;
    const finish = (end: WorkEnd<T>): void => {
      stopTimer();
      outer.removeEventListener('abort', onAbort);
      resolve(end);
    };
    const overtake = (error: GrymError): void => {
      if (overtakenBy !== null) return;
      overtakenBy = error;
      stopTimer();
      stopTimer = timers.after(options.graceMs, () => finish({ kind: 'overtaken', error, isStillRunning: true }));
      controller.abort(error);
    };
    const ended = (end: WorkEnd<T>): void => {
      finish(overtakenBy === null ? end : { kind: 'overtaken', error: overtakenBy, isStillRunning: false });
    };
    const onAbort = (): void => overtake(cancelledError(outer, options.what));
    outer.addEventListener('abort', onAbort, { once: true });
    if (options.deadlineMs !== Infinity) stopTimer = timers.after(options.deadlineMs, () => overtake(options.deadlineError()));
    try {
      work(controller.signal).then(
        (value) => ended({ kind: 'value', value }),
        (error: unknown) => ended({ kind: 'thrown', error }),
      );
    } catch (error) {
      ended({ kind: 'thrown', error });
    }
  });
}

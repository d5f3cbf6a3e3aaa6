import { GrymError, isGrymError } from './errors.js';

/** The error for an aborted signal: its reason where that is of the catalogue, else GRYM_CANCELLED. */
export function cancelledError(signal: AbortSignal | undefined, what: string, cause?: unknown): GrymError {
  if (isGrymError(signal?.reason)) return signal.reason;
  return new GrymError('GRYM_CANCELLED', { what }, { cause: cause ?? signal?.reason });
}

export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw cancelledError(signal, what);
}

/** Settles as `promise` does, or rejects with the signal's error as soon as the signal fires. */
export async function untilCancelled<T>(promise: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
  throwIfCancelled(signal, what);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelledError(signal, what));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

export interface DeadlineOptions {
  readonly milliseconds: number;
  /** Completes "<what> did not finish within …" and "Cancelled: <what>". */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` with a signal that fires when the caller cancels or the deadline passes, and rejects at that moment
 * with GRYM_CANCELLED or GRYM_DEADLINE_EXCEEDED whether `work` listens or not.
 */
export function withDeadline<T>(options: DeadlineOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { milliseconds, what } = options;
  return withTimeLimit(options, () => new GrymError('GRYM_DEADLINE_EXCEEDED', { what, milliseconds }), work);
}

/**
 * As `withDeadline` for work of unknown length that tells how far it is: each call of `onProgress` with another fraction than the one before starts
 * the time anew, a smaller one too: it has begun again, as after the death of a model's process. Rejects with GRYM_STALLED where there was none for `milliseconds`.
 */
export function whileProgressing<T>(
  options: DeadlineOptions,
  work: (signal: AbortSignal, onProgress: (fraction: number) => void) => Promise<T>,
): Promise<T> {
  const { milliseconds, what } = options;
  let latest = NaN;
  return withTimeLimit(
    options,
    () => new GrymError('GRYM_STALLED', { what, milliseconds }),
    (signal, startAnew) =>
      work(signal, (fraction) => {
        if (fraction !== latest) startAnew();
        latest = fraction;
      }),
  );
}

async function withTimeLimit<T>(
  { milliseconds, what, signal: outer }: DeadlineOptions,
  errorOf: () => GrymError,
  work: (signal: AbortSignal, startAnew: () => void) => Promise<T>,
): Promise<T> {
  throwIfCancelled(outer, what);
  const controller = new AbortController();
  const onOuterAbort = (): void => controller.abort(cancelledError(outer, what));
  outer?.addEventListener('abort', onOuterAbort, { once: true });
  const timer = setTimeout(() => controller.abort(errorOf()), milliseconds);
  let isOver = false;
  const running = work(controller.signal, () => {
    // A timer that has been cleared would start again.
    if (!isOver) timer.refresh();
  });
  // Work that is overtaken by the deadline may reject later, with nobody left to hear it.
  running.catch(() => undefined);
  try {
    return await untilCancelled(running, controller.signal, what);
  } finally {
    isOver = true;
    clearTimeout(timer);
    outer?.removeEventListener('abort', onOuterAbort);
  }
}

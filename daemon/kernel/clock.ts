import { setTimeout as wait } from 'node:timers/promises';
import { cancelledError } from './cancellation.js';

/** Time as the code sees it, so that a test can turn it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970; may jump. */
  nowMs(): number;
  /** Never jumps backwards; only differences mean something. */
  monotonicMs(): number;
  /** Rejects with GRYM_CANCELLED when the signal fires. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      await wait(milliseconds, undefined, signal ? { signal } : {});
    } catch (error) {
      throw cancelledError(signal, 'waiting', error);
    }
  },
};

/** Calls that come later, without a promise for each: deadlines that mostly do not pass. */
export interface Timers {
  /** Calls once, unless the returned function is called before. `unref`: does not keep the process alive. */
  after(milliseconds: number, callback: () => void, options?: { readonly unref?: boolean }): () => void;
}

// What setTimeout takes; a longer time is waited for in parts.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemTimers: Timers = {
  after(milliseconds, callback, options = {}) {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer = left > LONGEST_TIMEOUT_MS ? setTimeout(() => arm(left - LONGEST_TIMEOUT_MS), LONGEST_TIMEOUT_MS) : setTimeout(callback, left);
      if (options.unref === true) timer.unref();
    };
    arm(milliseconds);
    return () => clearTimeout(timer);
  },
};

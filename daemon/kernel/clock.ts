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

import { ExponentialBackoff, noJitterGenerator, type IBackoff } from 'cockatiel';
import type { Backoff } from './recovery-table.js';

/** 0 ≤ number < 1. */
export type Random = () => number;

/** Delays that double from the initial one up to the longest; each is drawn from the upper half of that, so that callers do not return all at once. */
export class RetryDelays {
  private backoff: IBackoff<unknown> | undefined;
  private readonly factory: ExponentialBackoff<number>;

  constructor({ initialMs, maximumMs }: Backoff, random: Random = Math.random) {
    this.factory = new ExponentialBackoff<number>({
      initialDelay: initialMs,
      maxDelay: maximumMs,
      // Cockatiel's own jitter draws from Math.random, which no test can seed.
      generator: (state, options) => {
        const [delay, next] = noJitterGenerator(state, { ...options, generator: noJitterGenerator });
        return [Math.round(delay / 2 + (random() * delay) / 2), next];
      },
    });
  }

  next(): number {
    this.backoff = this.backoff === undefined ? this.factory.next() : this.backoff.next(undefined);
    return this.backoff.duration;
  }
}

import type { IntervalHistogram } from 'node:perf_hooks';

/** Milliseconds that the event loop was late. */
export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How often a value was measured. */
interface Weighted {
  readonly nanoseconds: number;
  readonly count: number;
}

const NANOSECONDS_IN_MS = 1e6;

/** What one histogram measured, in ascending order, rebuilt from its percentiles: Node can reset such a histogram and cannot copy it. */
export function measuredBy(histogram: IntervalHistogram): Weighted[] {
  let seen = 0;
  return [...histogram.percentiles].map(([percentile, nanoseconds]) => {
    const upTo = (percentile / 100) * histogram.count;
    const count = Math.max(0, upTo - seen);
    seen = Math.max(seen, upTo);
    return { nanoseconds, count };
  });
}

/**
 * Over several lists of measurements. Node's timer measures from one call to the next: the interval itself is no delay. All 0 where
 * nothing was measured.
 */
export function delayOf(lists: readonly (readonly Weighted[])[], intervalMs: number): LoopDelay {
  const all = lists.flat().sort((a, b) => a.nanoseconds - b.nanoseconds);
  const total = all.reduce((sum, { count }) => sum + count, 0);
  const milliseconds = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS_IN_MS - intervalMs);
  const at = (fraction: number): number => {
    let sum = 0;
    for (const { nanoseconds, count } of all) if ((sum += count) >= fraction * total - 1e-6) return milliseconds(nanoseconds);
    return 0;
  };
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: milliseconds(all.at(-1)?.nanoseconds ?? 0) };
}

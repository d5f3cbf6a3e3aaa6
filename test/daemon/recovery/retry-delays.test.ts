import { RECOVERY_BY_KIND, RetryDelays, type Random } from '../../../daemon/recovery/index.js';

/** Mulberry32: the same numbers for the same seed. */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function delays(initialMs: number, maximumMs: number, random: Random, count = 12): number[] {
  const source = new RetryDelays({ initialMs, maximumMs }, random);
  return Array.from({ length: count }, () => source.next());
}

test('delays double up to the longest', () => {
  expect(delays(100, 1_000, () => 0.999_999)).toEqual([100, 200, 400, 800, ...Array<number>(8).fill(1_000)]);
});

test('each is drawn from the upper half of its range', () => {
  expect(delays(100, 1_000, () => 0, 5)).toEqual([50, 100, 200, 400, 500]);
  for (let seed = 0; seed < 200; seed += 1) {
    delays(100, 1_000, seeded(seed)).forEach((delay, index) => {
      const full = Math.min(100 * 2 ** index, 1_000);
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
    });
  }
});

test('the same seed gives the same delays, another one others', () => {
  expect(delays(100, 10_000, seeded(7))).toEqual(delays(100, 10_000, seeded(7)));
  expect(delays(100, 10_000, seeded(7))).not.toEqual(delays(100, 10_000, seeded(8)));
});

test('callers that failed together do not return together', () => {
  const first = new Set(Array.from({ length: 50 }, () => new RetryDelays(RECOVERY_BY_KIND.transient.backoff).next()));
  expect(first.size).toBeGreaterThan(15);
});

import fc from 'fast-check';
import { cosineOfTurns, naturalLogarithm, sineOfTurns } from '../../../../daemon/models/signal/elementary.js';
import { fillNormal } from '../../../../daemon/models/signal/normal-deviates.js';
import { keyOfSeed, philox } from '../../../../daemon/models/signal/philox.js';

// kat_vectors of Random123 1.14, philox 4 32 10: counter, key, result.
test.each([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const)('Philox 4×32-10 of %j under %j is as published', ([c0, c1, c2, c3], [low, high], expected) => {
  const out = new Uint32Array(4);
  philox(c0, c1, c2, c3, { low, high }, out);
  expect([...out]).toEqual(expected);
});

test('a seed is its 64 bits in two’s complement', () => {
  expect(keyOfSeed(1)).toEqual({ low: 1, high: 0 });
  expect(keyOfSeed(-1)).toEqual({ low: 0xffffffff, high: 0xffffffff });
  expect(keyOfSeed(Number.MAX_SAFE_INTEGER)).toEqual({ low: 0xffffffff, high: 0x1fffff });
  expect(keyOfSeed(2n ** 64n + 5n)).toEqual({ low: 5, high: 0 });
});

test('logarithm, sine and cosine are within 2 units in the last place of the engine’s own', () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -53, max: 1, minExcluded: false, noNaN: true }), (x) => {
      expect(Math.abs(naturalLogarithm(x) - Math.log(x))).toBeLessThanOrEqual(2 ** -51 * Math.max(2 ** -52, Math.abs(Math.log(x))));
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (turns) => {
      // The engine's argument 2π·turns is rounded, by up to half a unit of 2π.
      expect(Math.abs(sineOfTurns(turns) - Math.sin(2 * Math.PI * turns))).toBeLessThan(1e-15);
      expect(Math.abs(cosineOfTurns(turns) - Math.cos(2 * Math.PI * turns))).toBeLessThan(1e-15);
    }),
  );
  expect([0, 0.25, 0.5, 0.75].map(sineOfTurns)).toEqual([0, 1, -0, -1]);
  expect([0, 0.25, 0.5, 0.75].map(cosineOfTurns)).toEqual([1, -0, -1, 0]);
});

const STREAM = { use: 2, count: 7 };
function drawn(length: number, seed: number, first = 0, stream = STREAM): Float64Array {
  const out = new Float64Array(length);
  fillNormal(out, 0, length, first, keyOfSeed(seed), stream);
  return out;
}

/** The bits of each, so that nothing is rounded in the comparison. */
const bitsOf = (values: Float64Array): string[] => Array.from(new BigUint64Array(values.slice().buffer), (bits) => bits.toString(16));

// Held against the same formula in Python, whose logarithm, sine and cosine are those of its C library: equal but for the last digits.
const GOLDEN_42 = ['3ff537e0bc2d52fc', 'bfd784f92e617461', 'bfec84ff07987d92', 'bfd682734095f03b'];
const GOLDEN_MINUS_9 = ['3fc47be088bfb36d', 'bfd334744f864a31'];

test('deviates are these, bit for bit, on every machine', () => {
  expect(bitsOf(drawn(4, 42))).toEqual(GOLDEN_42);
  expect(bitsOf(drawn(2, -9, 1_000_000))).toEqual(GOLDEN_MINUS_9);
});

test('a deviate depends on its number alone, not on how many are drawn', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat({ max: 200 }), fc.integer({ min: 1, max: 60 }), (seed, half, length) => {
      const first = 2 * half;
      expect(drawn(length, seed, first)).toEqual(drawn(first + length, seed).slice(first));
    }),
  );
});

test('other seeds, uses and counts give other deviates', () => {
  const all = [drawn(6, 1), drawn(6, 2), drawn(6, 1, 0, { use: 1, count: 7 }), drawn(6, 1, 0, { use: 2, count: 8 })];
  expect(new Set(all.flatMap((values) => [...values])).size).toBe(24);
});

test('a hundred thousand of them have the moments of a normal distribution, and neighbours do not know each other', () => {
  const values = drawn(100_000, 3);
  const mean = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  expect(Math.abs(mean(1))).toBeLessThan(0.015);
  expect(Math.abs(mean(2) - 1)).toBeLessThan(0.02);
  expect(Math.abs(mean(3))).toBeLessThan(0.05);
  expect(Math.abs(mean(4) - 3)).toBeLessThan(0.15);
  const neighbours = values.reduce((sum, value, index) => sum + value * (values[index + 1] ?? 0), 0) / values.length;
  expect(Math.abs(neighbours)).toBeLessThan(0.015);
});

// Philox 4×32-10, as published: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of a 32 × 32 bit product, of halves of 16 bits in whole-number arithmetic: no sum leaves 32 bits. */
function upperProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = ((Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const other = ((Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

export interface PhiloxKey {
  readonly low: number;
  readonly high: number;
}

/** Four words, each a whole number of 32 bits, from a counter of four and a key of two: written to `out[0 … 3]`. */
export function philox(c0: number, c1: number, c2: number, c3: number, key: PhiloxKey, out: Uint32Array): void {
  let k0 = key.low | 0;
  let k1 = key.high | 0;
  let x0 = c0 | 0;
  let x1 = c1 | 0;
  let x2 = c2 | 0;
  let x3 = c3 | 0;
  // Signed words: they have the same bits, and stay whole numbers in the engine; `out` takes them as unsigned.
  for (let round = 0; round < ROUNDS; round += 1) {
    const upper0 = upperProduct(MULTIPLIER_0, x0);
    const lower0 = Math.imul(MULTIPLIER_0, x0);
    const upper1 = upperProduct(MULTIPLIER_1, x2);
    const lower1 = Math.imul(MULTIPLIER_1, x2);
    x0 = upper1 ^ x1 ^ k0;
    x1 = lower1;
    x2 = upper0 ^ x3 ^ k1;
    x3 = lower0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/** Of a seed, any safe integer or bigint: its lowest 64 bits in two's complement. */
export function keyOfSeed(seed: number | bigint): PhiloxKey {
  const bits = BigInt.asUintN(64, BigInt(seed));
  return { low: Number(bits & 0xffffffffn), high: Number(bits >> 32n) };
}

import { cosineOfTurns, naturalLogarithm, sineOfTurns } from './elementary.js';
import { philox, type PhiloxKey } from './philox.js';

const TWO_TO_21 = 2 ** 21;
const TO_FRACTION = 2 ** -53;

/** Names a sequence of deviates under a key: two words, so that a use (which noise) and a count (of which step) do not meet. */
export interface NoiseStream {
  readonly use: number;
  readonly count: number;
}

/**
 * Writes the standard normal deviates number `first`, `first` + 1, … of a stream to `out[from … from + length)`; `first` is even.
 *
 * Deviates 2k and 2k + 1 come from one Philox 4×32-10 block with the counter (k mod 2³², k ÷ 2³², use, count), words w0 … w3, by Box and Muller:
 * u = (w0·2²¹ + ⌊w1/2¹¹⌋ + 1)/2⁵³, v = (w2·2²¹ + ⌊w3/2¹¹⌋)/2⁵³, r = √(−2 ln u); r·cos 2πv and r·sin 2πv, rounded to the out's type.
 * Logarithm, sine and cosine are those of elementary.ts and √ is IEEE 754's, so that every machine makes the same bits. A deviate depends on key,
 * stream and its number alone: never on how many are drawn, nor in what order.
 */
export function fillNormal(
  out: Float32Array | Float64Array,
  from: number,
  length: number,
  first: number,
  key: PhiloxKey,
  stream: NoiseStream,
): void {
  const words = new Uint32Array(4);
  for (let offset = 0; offset < length; offset += 2) {
    const block = (first + offset) / 2;
    philox(block, Math.floor(block / 2 ** 32), stream.use, stream.count, key, words);
    const u = ((words[0] ?? 0) * TWO_TO_21 + ((words[1] ?? 0) >>> 11) + 1) * TO_FRACTION;
    const v = ((words[2] ?? 0) * TWO_TO_21 + ((words[3] ?? 0) >>> 11)) * TO_FRACTION;
    // At u = 1 the logarithm is 0: without this its negative would be −0.
    const radius = u === 1 ? 0 : Math.sqrt(-2 * naturalLogarithm(u));
    out[from + offset] = radius * cosineOfTurns(v);
    if (offset + 1 < length) out[from + offset + 1] = radius * sineOfTurns(v);
  }
}

/** As torch.nn.functional.normalize has it. */
const SMALLEST_LENGTH = 1e-12;

/** The vector with the length 1, in float64. */
export function unitVector(values: ArrayLike<number>): Float64Array {
  let squares = 0;
  for (let index = 0; index < values.length; index += 1) squares += (values[index] ?? 0) ** 2;
  const length = Math.max(Math.sqrt(squares), SMALLEST_LENGTH);
  return Float64Array.from(values, (value) => value / length);
}

/** Of two vectors of the length 1: the cosine of their angle, −1 … 1. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return Math.min(1, Math.max(-1, sum));
}

/**
 * How alike two embeddings of the length 1 are, 0 … 1: (1 + cosine) ÷ 2, so that what is alike has 1, what has nothing in common 0.5, and order is
 * the cosine's own. Throws RangeError where the dimensions differ.
 */
export function similarityOfDirections(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0) throw new RangeError(`vectors of ${a.length} and ${b.length} dimensions cannot be compared`);
  return (1 + cosine(unitVector(a), unitVector(b))) / 2;
}

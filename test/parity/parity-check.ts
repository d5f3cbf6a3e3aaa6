import type { Reference } from './reference.js';

/** How far one tensor is from the reference's. */
export interface ParityRow {
  /** As the manifest calls it. */
  readonly tensor: string;
  /** ‖ours − reference‖ / ‖reference‖; of whole numbers the share that differs. Null where they cannot be compared: see the note. */
  readonly error: number | null;
  readonly tolerance: number;
  readonly passed: boolean;
  /** Empty where there is nothing to say. */
  readonly note: string;
}

/** Compares what production code makes of one kind of model with the reference tensors in its folder. */
export interface ParityCheck {
  /** Of the runner: "audioldm". */
  readonly kind: string;
  /** Whether the files of this folder are such a model. */
  matches(folder: string): boolean;
  /** A row for each tensor of the reference that can be computed. What is absent there is not checked. Rejects where the model does not run. */
  check(folder: string, reference: Reference): Promise<ParityRow[]>;
}

/** The bar for everything but CLAP's input_features, which have 1e-4. */
export const TOLERANCE = 1e-5;

interface Values {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
}

/** Relative error in the Euclidean norm, in float64. Of two tensors that are all zero: 0. NaN anywhere gives NaN. */
export function relativeError(ours: ArrayLike<number>, reference: ArrayLike<number>): number {
  let distance = 0;
  let size = 0;
  for (let index = 0; index < reference.length; index += 1) {
    const expected = reference[index] ?? NaN;
    distance += ((ours[index] ?? NaN) - expected) ** 2;
    size += expected ** 2;
  }
  return distance === 0 ? 0 : Math.sqrt(distance / size);
}

const isInteger = (values: ArrayLike<number> | ArrayLike<bigint>): values is ArrayLike<bigint> => typeof values[0] === 'bigint';

function shareThatDiffers(ours: ArrayLike<number> | ArrayLike<bigint>, reference: ArrayLike<bigint>): number {
  let differing = 0;
  for (let index = 0; index < reference.length; index += 1) {
    if (BigInt(ours[index] ?? -1) !== reference[index]) differing += 1;
  }
  return differing / reference.length;
}

/** One row: ours against what the manifest calls `tensor`. Another shape is a failure; leading ones count for nothing. */
export function compare(tensor: string, ours: Values, reference: Reference, tolerance = TOLERANCE): ParityRow {
  const expected = reference.tensor(tensor);
  const plain = (shape: readonly number[]): string =>
    shape
      .slice(
        Math.max(
          0,
          shape.findIndex((length) => length !== 1),
        ),
      )
      .join(' × ');
  if (ours.data.length !== expected.data.length || plain(ours.shape) !== plain(expected.shape)) {
    const note = `has the shape ${ours.shape.join(' × ')}; the reference ${expected.shape.join(' × ')}`;
    return { tensor, error: null, tolerance, passed: false, note };
  }
  if (isInteger(expected.data)) {
    const error = shareThatDiffers(ours.data, expected.data);
    return { tensor, error, tolerance: 0, passed: error === 0, note: '' };
  }
  const error = relativeError(ours.data as ArrayLike<number>, expected.data);
  if (Number.isFinite(error)) return { tensor, error, tolerance, passed: error <= tolerance, note: '' };
  return { tensor, error: null, tolerance, passed: false, note: 'holds values that are no numbers' };
}

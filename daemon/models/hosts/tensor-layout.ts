import { z } from 'zod';
import { TENSOR_TYPES, type Tensor, type Tensors, type TensorType } from './tensor.js';

/** Cache lines, and what vector instructions like. */
export const ALIGNMENT_BYTES = 64;
const MAXIMUM_TENSORS = 256;
const MAXIMUM_DIMENSIONS = 8;
const BYTES_OF: Readonly<Record<TensorType, number>> = { float32: 4, float64: 8, int32: 4, int64: 8, uint8: 1 };

/** A tensor as a control message names it; its values lie in shared memory, from `offset` on. */
export const tensorPlaceSchema = z.strictObject({
  name: z.string().min(1).max(200),
  type: z.enum(TENSOR_TYPES),
  shape: z.array(z.int().min(0)).max(MAXIMUM_DIMENSIONS),
  offset: z.int().min(0).multipleOf(ALIGNMENT_BYTES),
});
export type TensorPlace = z.infer<typeof tensorPlaceSchema>;
export const tensorPlacesSchema = z
  .array(tensorPlaceSchema)
  .max(MAXIMUM_TENSORS)
  .refine((places) => new Set(places.map(({ name }) => name)).size === places.length, 'two tensors have the same name');

/** Number of values of a shape; a RangeError where it is no safe integer. */
export function valuesOf(shape: readonly number[]): number {
  const count = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`no tensor has the shape [${shape.join(', ')}]`);
  return count;
}

export function byteLengthOf({ type, shape }: Pick<TensorPlace, 'type' | 'shape'>): number {
  return valuesOf(shape) * BYTES_OF[type];
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;

/** Places for the tensors behind each other from `start` on, and where they end. A RangeError for one whose values do not fit its shape. */
export function layOut(tensors: Tensors, start: number): { readonly places: TensorPlace[]; readonly end: number } {
  let end = aligned(start);
  const places = Object.entries(tensors).map(([name, tensor]) => {
    const { type, shape, data } = tensor;
    if (data.length !== valuesOf(shape)) {
      throw new RangeError(`the tensor ${name} has ${data.length} values, and its shape [${shape.join(', ')}] asks for ${valuesOf(shape)}`);
    }
    const place = { name, type, shape: [...shape], offset: end };
    end = aligned(end + data.byteLength);
    return place;
  });
  tensorPlacesSchema.parse(places);
  return { places, end };
}

/** Throws a RangeError where a tensor would begin before `start` or end behind `end`, or where all together need more than lies between. */
export function checkPlaces(places: readonly TensorPlace[], start: number, end: number): void {
  let left = end - start;
  for (const place of places) {
    const bytes = byteLengthOf(place);
    left -= bytes;
    if (place.offset < start || place.offset + bytes > end || left < 0) {
      throw new RangeError(
        `the tensor ${place.name} (${bytes} bytes at ${place.offset}) lies outside of the shared memory (${start} to ${end})`,
      );
    }
  }
}

/** A tensor of zeros. */
export function emptyTensor(type: TensorType, shape: readonly number[]): Tensor {
  const values = valuesOf(shape);
  switch (type) {
    case 'float32':
      return { type, shape, data: new Float32Array(values) };
    case 'float64':
      return { type, shape, data: new Float64Array(values) };
    case 'int32':
      return { type, shape, data: new Int32Array(values) };
    case 'int64':
      return { type, shape, data: new BigInt64Array(values) };
    case 'uint8':
      return { type, shape, data: new Uint8Array(values) };
  }
}

import { endianness } from 'node:os';
import type { Tensor, TensorType } from '../hosts/tensor.js';

/** The types of the Open Inference Protocol that tensors here can have. */
const TYPE_BY_DATATYPE: Readonly<Record<string, TensorType>> = {
  FP32: 'float32',
  FP64: 'float64',
  INT32: 'int32',
  INT64: 'int64',
  UINT8: 'uint8',
};
export const DATATYPES = Object.keys(TYPE_BY_DATATYPE);

export const tensorTypeOf = (datatype: string): TensorType | undefined =>
  Object.hasOwn(TYPE_BY_DATATYPE, datatype) ? TYPE_BY_DATATYPE[datatype] : undefined;

export const datatypeOf = (type: TensorType): string => DATATYPES.find((datatype) => TYPE_BY_DATATYPE[datatype] === type) ?? '';

const BYTES: Readonly<Record<TensorType, number>> = { float32: 4, float64: 8, int32: 4, int64: 8, uint8: 1 };
export const bytesOf = (type: TensorType, values: number): number => BYTES[type] * values;

/** Of a shape; 1 for a scalar. */
export const valuesOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Binary tensors are little-endian. */
export const CAN_SEND_BINARY = endianness() === 'LE';

export const rawBytes = ({ data }: Tensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** From bytes of the right number, which are copied: they need not be aligned. */
export function tensorFromBytes(type: TensorType, shape: readonly number[], bytes: Uint8Array): Tensor {
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case 'float32':
      return { type, shape, data: new Float32Array(buffer) };
    case 'float64':
      return { type, shape, data: new Float64Array(buffer) };
    case 'int32':
      return { type, shape, data: new Int32Array(buffer) };
    case 'int64':
      return { type, shape, data: new BigInt64Array(buffer) };
    case 'uint8':
      return { type, shape, data: new Uint8Array(buffer) };
  }
}

/** The values as JSON, exactly: every float32 is a double, and integers of 64 bits are written digit by digit. Undefined where one is no number. */
export function jsonValues(tensor: Tensor): string | undefined {
  if (tensor.type === 'int64') return `[${tensor.data.join(',')}]`;
  if (!tensor.data.every((value: number) => Number.isFinite(value))) return undefined;
  // Typed arrays print -0 as 0.
  return `[${Array.from(tensor.data, (value) => (Object.is(value, -0) ? '-0.0' : String(value))).join(',')}]`;
}

const INTEGER_RANGES: Readonly<Partial<Record<TensorType, readonly [number, number]>>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  // Beyond these JSON's numbers are not exact.
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** From JSON's numbers; undefined where one cannot be a value of that type. */
export function tensorFromValues(type: TensorType, shape: readonly number[], values: readonly unknown[]): Tensor | undefined {
  const [minimum, maximum] = INTEGER_RANGES[type] ?? [-Infinity, Infinity];
  const isInteger = INTEGER_RANGES[type] !== undefined;
  const fits = (value: unknown): value is number =>
    typeof value === 'number' && value >= minimum && value <= maximum && (!isInteger || Number.isInteger(value));
  if (!values.every(fits)) return undefined;
  switch (type) {
    case 'float32':
      return { type, shape, data: Float32Array.from(values) };
    case 'float64':
      return { type, shape, data: Float64Array.from(values) };
    case 'int32':
      return { type, shape, data: Int32Array.from(values) };
    case 'int64':
      return { type, shape, data: BigInt64Array.from(values, BigInt) };
    case 'uint8':
      return { type, shape, data: Uint8Array.from(values) };
  }
}

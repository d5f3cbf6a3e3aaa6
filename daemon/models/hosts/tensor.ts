/** Types of the values that cross between the daemon and its model hosts. */
export const TENSOR_TYPES = ['float32', 'float64', 'int32', 'int64', 'uint8'] as const;
export type TensorType = (typeof TENSOR_TYPES)[number];

interface TensorData {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
}

/** Row-major; the product of the shape is the number of values. */
export type Tensor = {
  readonly [Type in TensorType]: { readonly type: Type; readonly shape: readonly number[]; readonly data: TensorData[Type] };
}[TensorType];

export type FloatTensor = Extract<Tensor, { readonly type: 'float32' }>;

export type Tensors = Readonly<Record<string, Tensor>>;

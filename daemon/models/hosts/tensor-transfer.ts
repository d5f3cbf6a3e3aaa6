import { setImmediate as turn } from 'node:timers/promises';
import { BLOCK_BYTES, type SharedRegion } from './shared-region.js';
import { checkPlaces, emptyTensor, layOut, type TensorPlace } from './tensor-layout.js';
import type { Tensor, Tensors } from './tensor.js';

const bytesOf = ({ data }: Tensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Block by block: long audio must not hold up the daemon's event loop. */
async function copy(from: Uint8Array, to: Uint8Array): Promise<void> {
  for (let start = 0; start < from.length; start += BLOCK_BYTES) {
    if (start > 0) await turn();
    to.set(from.subarray(start, start + BLOCK_BYTES), start);
  }
}

export interface Placed {
  readonly places: TensorPlace[];
  /** So much of the region holds them. */
  readonly bytes: number;
}

/** Puts copies of the tensors into the region, behind its first `start` bytes. A RangeError for tensors that are none, or too much. */
export async function writeTensors(region: SharedRegion, tensors: Tensors, start: number): Promise<Placed> {
  const { places, end } = layOut(tensors, start);
  await region.reserve(end);
  for (const { name, offset } of places) {
    const tensor = tensors[name];
    if (tensor !== undefined) await copy(bytesOf(tensor), new Uint8Array(region.bytes, offset, tensor.data.byteLength));
  }
  return { places, bytes: end };
}

/** Copies of the tensors that a message names. A RangeError where it names what is not there. */
export async function readTensors(region: SharedRegion, { places, bytes }: Placed, start: number): Promise<Tensors> {
  region.reach(bytes);
  checkPlaces(places, start, bytes);
  const tensors: Record<string, Tensor> = {};
  for (const { name, type, shape, offset } of places) {
    const tensor = emptyTensor(type, shape);
    await copy(new Uint8Array(region.bytes, offset, tensor.data.byteLength), bytesOf(tensor));
    Object.defineProperty(tensors, name, { value: tensor, enumerable: true });
  }
  return tensors;
}

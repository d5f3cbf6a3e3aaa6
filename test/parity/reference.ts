import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Tensor } from '../../daemon/models/hosts/tensor.js';

const manifestSchema = z.looseObject({
  facts: z.record(z.string(), z.unknown()),
  tensors: z.record(
    z.string(),
    z.object({ file: z.string().min(1), dtype: z.enum(['float32', 'int64']), shape: z.array(z.int().nonnegative()) }),
  ),
});

export type ReferenceTensor = Extract<Tensor, { readonly type: 'float32' | 'int64' }>;
type FloatReference = Extract<Tensor, { readonly type: 'float32' }>;

/** The tensors that the original implementation made, and the facts of its run. */
export interface Reference {
  /** Of the run: prompt, steps, …; each check reads its own by a schema. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
  has(...names: string[]): boolean;
  /** Throws where there is no such tensor or its file is not as long as its shape says. */
  tensor(name: string): ReferenceTensor;
  float(name: string): FloatReference;
  /** As plain numbers. */
  integers(name: string): number[];
}

const manifestPath = (folder: string): string => join(folder, 'reference', 'manifest.json');

export function hasReference(folder: string): boolean {
  return existsSync(manifestPath(folder));
}

/** Row-major, little-endian; read into memory of its own, so that any offset in the file's buffer will do. */
function readTensor(path: string, dtype: 'float32' | 'int64', shape: readonly number[]): ReferenceTensor {
  const bytes = new Uint8Array(readFileSync(path));
  const wanted = shape.reduce((product, length) => product * length, 1) * (dtype === 'float32' ? 4 : 8);
  if (bytes.length !== wanted) throw new Error(`${path} has ${bytes.length} bytes; its shape [${shape.join(', ')}] needs ${wanted}`);
  return dtype === 'float32'
    ? { type: 'float32', shape, data: new Float32Array(bytes.buffer) }
    : { type: 'int64', shape, data: new BigInt64Array(bytes.buffer) };
}

export function openReference(folder: string): Reference {
  const { facts, tensors } = manifestSchema.parse(JSON.parse(readFileSync(manifestPath(folder), 'utf8')));
  const tensor = (name: string): ReferenceTensor => {
    const entry = tensors[name];
    if (entry === undefined) throw new Error(`${manifestPath(folder)} names no tensor ${name}`);
    return readTensor(join(folder, 'reference', entry.file), entry.dtype, entry.shape);
  };
  return {
    facts,
    names: Object.keys(tensors),
    has: (...names) => names.every((name) => tensors[name] !== undefined),
    tensor,
    float: (name) => {
      const found = tensor(name);
      if (found.type !== 'float32') throw new Error(`${name} is not float32 in ${manifestPath(folder)}`);
      return found;
    },
    integers: (name) => Array.from(tensor(name).data, Number),
  };
}

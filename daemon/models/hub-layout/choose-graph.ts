import { join } from 'node:path';
import { hasFile, invalidFolder } from './model-folder.js';

/** Endings of a graph's files on the hub, the most exact first: float32, float16, 8 bits, 4 bits. */
export const GRAPH_VARIANTS = ['', '_fp16', '_quantized', '_int8', '_uint8', '_q4', '_q4f16', '_bnb4'] as const;

/**
 * Path of the file of a graph: the first that is there of onnx/<name>.onnx, onnx/<name>_fp16.onnx, … and of the same in the folder itself. A graph that
 * is computed elsewhere needs no file. Throws GRYM_MODEL_FOLDER_INVALID where there is none.
 */
export function chooseGraph(folder: string, name: string, isRemote: boolean): string {
  const files = ['onnx/', ''].flatMap((place) => GRAPH_VARIANTS.map((variant) => `${place}${name}${variant}.onnx`));
  const found = files.find((file) => hasFile(folder, file));
  if (found !== undefined) return join(folder, found);
  if (isRemote) return join(folder, `onnx/${name}.onnx`);
  const variants = GRAPH_VARIANTS.filter((variant) => variant !== '').join(', ');
  throw invalidFolder(folder, `the file onnx/${name}.onnx is missing (${variants} would do, too)`);
}

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { GrymError } from '../../kernel/index.js';
import { GRAPH_VARIANTS } from '../hub-layout/choose-graph.js';
import type { RunnerKind } from '../hosts/model-runner.js';
import { ggufOutline } from './gguf-outline.js';
import type { ModelRole } from './installed-model.js';
import { onnxOutline } from './onnx-outline.js';

/** What a model of a kind must hold; docs/guides/models.md shows the same. */
export const LAYOUTS: Readonly<Record<Exclude<RunnerKind, 'llama'>, readonly string[]>> = {
  audioldm: [
    'model_index.json',
    'scheduler/scheduler_config.json',
    'tokenizer/tokenizer.json',
    'tokenizer/tokenizer_config.json',
    ...['text_encoder', 'unet', 'vae_decoder', 'vae_encoder', 'vocoder'].flatMap((graph) => [
      `${graph}/config.json`,
      `${graph}/model.onnx`,
    ]),
  ],
  clap: [
    'config.json',
    'preprocessor_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'onnx/text_model.onnx',
    'onnx/audio_model.onnx',
  ],
  wav2vec2: ['config.json', 'preprocessor_config.json', 'onnx/model.onnx'],
};

/** Files that belong to one kind only, so that a folder with something missing is still known for what it is to be. */
const MARKS: readonly (readonly [Exclude<RunnerKind, 'llama'>, RegExp])[] = [
  ['audioldm', /^(model_index\.json|unet\/|vae_(de|en)coder\/|vocoder\/)/],
  ['clap', /^(onnx\/)?(text|audio)_model\w*\.onnx$/],
  ['wav2vec2', /^(vocab\.json|onnx\/model\w*\.onnx)$/],
];

const configSchema = z.looseObject({ model_type: z.string().optional() });

export interface DetectedModel {
  readonly kind: RunnerKind;
  readonly roles: readonly ModelRole[];
  /** What its own files call it; empty where they do not. */
  readonly title: string;
}

function invalid(path: string, reason: string): GrymError {
  return new GrymError('GRYM_MODEL_FOLDER_INVALID', { path, reason });
}

/** A file, and what it is to be called in the model's folder. */
export interface PlacedFile {
  readonly path: string;
  readonly from: string;
}

/** Where a file of a layout may lie: graphs of the hub's layout also in other precisions, and in the folder itself. */
function placesOf(path: string): string[] {
  const graph = /^onnx\/(\w+)\.onnx$/.exec(path)?.[1];
  if (graph === undefined) return [path];
  return ['onnx/', ''].flatMap((place) => GRAPH_VARIANTS.map((variant) => `${place}${graph}${variant}.onnx`));
}

function layoutOf(paths: readonly string[], modelType: string): Exclude<RunnerKind, 'llama'> | null {
  if (modelType === 'clap' || modelType === 'wav2vec2') return modelType;
  return MARKS.find(([, mark]) => paths.some((path) => mark.test(path)))?.[0] ?? null;
}

/**
 * What kind of model some files are, after a look at each: JSON must be JSON, graphs and weights must be whole as far as their headers tell.
 * `where` is how errors call the lot. Throws GRYM_MODEL_FOLDER_INVALID that names everything that is missing, or the file that is damaged.
 */
export async function detectModel(where: string, files: readonly PlacedFile[]): Promise<DetectedModel> {
  const weights = files.filter(({ path }) => path.toLowerCase().endsWith('.gguf'));
  if (weights.length > 0) return detectLlama(where, weights, files);
  const paths = files.map(({ path }) => path);
  const config = files.find(({ path }) => path === 'config.json');
  const kind = layoutOf(paths, config === undefined ? '' : ((await readJson(config)).model_type ?? ''));
  if (kind === null) throw invalid(where, 'it holds none of the layouts that are known (AudioLDM, CLAP, wav2vec2, a GGUF file)');
  const missing = LAYOUTS[kind].filter((path) => placesOf(path).every((place) => !paths.includes(place)));
  if (missing.length > 0)
    throw invalid(where, `it looks like ${kind}, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`);
  for (const file of files.filter(({ path }) => path.endsWith('.json'))) await readJson(file);
  const roles = rolesOf(kind, await checkGraphs(files), paths);
  if (roles.length === 0)
    throw invalid(where, 'its graph gives letters only (logits), and vocab.json, which says what they are, is missing');
  return { kind, roles, title: '' };
}

async function detectLlama(where: string, weights: readonly PlacedFile[], files: readonly PlacedFile[]): Promise<DetectedModel> {
  const [file, ...others] = weights;
  if (weights.some(({ path }) => path.includes('/')) || files.some(({ path }) => path.endsWith('.onnx'))) {
    throw invalid(where, 'it holds several models, or one in a folder below: name the folder or the GGUF file of one');
  }
  if (file === undefined || others.length > 0) {
    const names = weights.map(({ path }) => path).join(', ');
    throw invalid(where, `it holds several GGUF files (${names}), and one is a model: name that file`);
  }
  const outline = await ggufOutline(file.from);
  if (!outline.whole) throw invalid(file.from, outline.reason);
  return { kind: 'llama', roles: ['planner'], title: outline.name };
}

async function readJson({ from }: PlacedFile): Promise<z.infer<typeof configSchema>> {
  try {
    return configSchema.safeParse(JSON.parse(await readFile(from, 'utf8'))).data ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(from, 'it is not JSON, or cut off');
    throw error;
  }
}

/** Outputs by the path of the graph. */
async function checkGraphs(files: readonly PlacedFile[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const outputs = new Map<string, readonly string[]>();
  for (const { path, from } of files.filter((file) => file.path.endsWith('.onnx'))) {
    const outline = await onnxOutline(from);
    if (!outline.whole) throw invalid(from, outline.reason);
    outputs.set(path, outline.outputs);
  }
  return outputs;
}

function rolesOf(
  kind: Exclude<RunnerKind, 'llama'>,
  outputs: ReadonlyMap<string, readonly string[]>,
  paths: readonly string[],
): readonly ModelRole[] {
  if (kind === 'audioldm') return ['generator'];
  if (kind === 'clap') return ['embedder'];
  const given = placesOf('onnx/model.onnx').flatMap((place) => outputs.get(place) ?? []);
  const roles: ModelRole[] = [];
  if (given.includes('logits') && paths.includes('vocab.json')) roles.push('transcriber');
  // Features are the mean of the hidden states; a graph that gives letters only has none.
  if (given.includes('last_hidden_state')) roles.push('embedder');
  return roles;
}

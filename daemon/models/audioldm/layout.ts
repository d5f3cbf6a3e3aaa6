import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type z } from 'zod';
import { GrymError, messageOf } from '../../kernel/index.js';
import {
  modelIndexSchema,
  schedulerSchema,
  textEncoderSchema,
  tokenizerConfigSchema,
  unetSchema,
  vaeSchema,
  vocoderSchema,
  type SchedulerConfig,
} from './configs.js';

export const GRAPH_NAMES = ['text_encoder', 'unet', 'vae_encoder', 'vae_decoder', 'vocoder'] as const;
export type GraphName = (typeof GRAPH_NAMES)[number];

/** Every file that a folder has, relative to it. */
export const AUDIOLDM_FILES: readonly string[] = [
  'model_index.json',
  'scheduler/scheduler_config.json',
  'tokenizer/tokenizer.json',
  'tokenizer/tokenizer_config.json',
  ...GRAPH_NAMES.flatMap((graph) => [`${graph}/config.json`, `${graph}/model.onnx`]),
];

/** What the numbers of a model are; all read from its own files. */
export interface AudioLdmGeometry {
  /** Of the vocoder's output, Hz. */
  readonly sampleRate: number;
  /** Samples for each frame of the mel spectrogram. */
  readonly hop: number;
  readonly melBands: number;
  readonly latentChannels: number;
  /** Mel bands for each column of the latents, and mel frames for each row. */
  readonly vaeFactor: number;
  readonly latentWidth: number;
  readonly scalingFactor: number;
  readonly shift: number;
  readonly textDimensions: number;
  /** Of the UNet's finest level, and how often it halves the rows. */
  readonly unetChannels: number;
  readonly unetHalvings: number;
  /** Tokens of a prompt, those at its ends included. */
  readonly maximumTokens: number;
}

export interface AudioLdmFolder {
  readonly path: string;
  readonly geometry: AudioLdmGeometry;
  readonly scheduler: SchedulerConfig;
  /** Path of its file. */
  graph(name: GraphName): string;
}

function invalid(path: string, reason: string, cause?: unknown): GrymError {
  return new GrymError('GRYM_MODEL_FOLDER_INVALID', { path, reason }, { cause });
}

function requireFile(folder: string, file: string): void {
  const path = join(folder, file);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw invalid(folder, `the file ${file} is missing`);
  if (!stats.isFile()) throw invalid(folder, `${file} is no file`);
  if (stats.size === 0) throw invalid(folder, `the file ${file} is empty`);
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw invalid(folder, `the file ${file} cannot be read`, error);
  }
}

function readConfig<Schema extends z.ZodType>(folder: string, file: string, schema: Schema): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  } catch (error) {
    throw invalid(folder, `the file ${file} is no JSON: ${messageOf(error)}`, error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  const found =
    field === '' ? value : issue?.path.reduce<unknown>((at, name) => (at as Record<PropertyKey, unknown> | undefined)?.[name], value);
  throw invalid(
    folder,
    `${file} says ${field === '' ? 'something else' : `${field} = ${JSON.stringify(found) ?? 'nothing'}`}: ${issue?.message ?? ''}`,
  );
}

/** Same-named values of two files that belong together. */
function requireSame(folder: string, what: string, first: number, second: number): void {
  if (first !== second) throw invalid(folder, `its files do not belong together: ${what} differ (${first} and ${second})`);
}

/**
 * Reads and checks a folder in the layout of docs/guides/models.md. Graphs in `remote` are computed elsewhere, and need no file here.
 * Throws GRYM_MODEL_FOLDER_INVALID with the name of the file and of what is wrong in it.
 */
export function readAudioLdmFolder(path: string, remote: readonly string[] = []): AudioLdmFolder {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw invalid(path, 'there is no such folder');
  for (const file of AUDIOLDM_FILES) {
    if (!remote.some((graph) => file === `${graph}/model.onnx`)) requireFile(path, file);
  }
  readConfig(path, 'model_index.json', modelIndexSchema);
  const scheduler = readConfig(path, 'scheduler/scheduler_config.json', schedulerSchema);
  const text = readConfig(path, 'text_encoder/config.json', textEncoderSchema);
  const unet = readConfig(path, 'unet/config.json', unetSchema);
  const vae = readConfig(path, 'vae_decoder/config.json', vaeSchema);
  const encoder = readConfig(path, 'vae_encoder/config.json', vaeSchema);
  const vocoder = readConfig(path, 'vocoder/config.json', vocoderSchema);
  const tokenizer = readConfig(path, 'tokenizer/tokenizer_config.json', tokenizerConfigSchema);

  requireSame(path, 'scaling_factor of vae_decoder and of vae_encoder', vae.scaling_factor, encoder.scaling_factor);
  requireSame(path, 'latent_channels of vae_decoder and of vae_encoder', vae.latent_channels, encoder.latent_channels);
  requireSame(path, 'latent_channels of vae_decoder and in_channels of unet', vae.latent_channels, unet.in_channels);
  requireSame(path, 'in_channels and out_channels of unet', unet.in_channels, unet.out_channels);
  requireSame(path, 'projection_dim of text_encoder and projection_class_embeddings_input_dim of unet', text.projection_dim, unet.projection_class_embeddings_input_dim); // prettier-ignore
  const vaeFactor = 2 ** (vae.block_out_channels.length - 1);
  if (vocoder.model_in_dim % vaeFactor !== 0) {
    throw invalid(
      path,
      `vocoder/config.json says model_in_dim = ${vocoder.model_in_dim}, which the factor ${vaeFactor} of the VAE does not divide`,
    );
  }
  const geometry: AudioLdmGeometry = {
    sampleRate: vocoder.sampling_rate,
    hop: vocoder.upsample_rates.reduce((product, rate) => product * rate, 1),
    melBands: vocoder.model_in_dim,
    latentChannels: vae.latent_channels,
    vaeFactor,
    latentWidth: vocoder.model_in_dim / vaeFactor,
    scalingFactor: vae.scaling_factor,
    shift: vae.shift_factor ?? 0,
    textDimensions: text.projection_dim,
    unetChannels: unet.block_out_channels[0] ?? 1,
    unetHalvings: unet.block_out_channels.length - 1,
    // Positions of RoBERTa's kind are counted from behind that of the padding.
    maximumTokens: Math.min(tokenizer.model_max_length ?? Infinity, text.max_position_embeddings - text.pad_token_id - 1),
  };
  return { path, geometry, scheduler, graph: (name) => join(path, name, 'model.onnx') };
}

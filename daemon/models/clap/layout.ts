import { z } from 'zod';
import { chooseGraph } from '../hub-layout/choose-graph.js';
import { readConfig, requireFolder } from '../hub-layout/model-folder.js';

const size = z.int().positive();

/** transformers' ClapConfig, as far as it decides what goes in and comes out. */
const configSchema = z.looseObject({
  model_type: z.literal('clap'),
  projection_dim: size.default(512),
  audio_config: z.looseObject({
    // Fused models hear four views of long audio at once, one of them cropped at random.
    enable_fusion: z.literal(false, 'only models without fusion are supported').default(false),
    num_mel_bins: size.default(64),
  }),
  text_config: z.looseObject({ max_position_embeddings: z.int().min(4).default(514), pad_token_id: z.int().min(0).default(1) }),
});

/** transformers' ClapFeatureExtractor. */
const preprocessorSchema = z
  .looseObject({
    sampling_rate: z.int().min(1000).max(768_000).default(48_000),
    fft_window_size: size.refine((value) => Number.isInteger(Math.log2(value)), 'expected a power of two').default(1024),
    hop_length: size.default(480),
    feature_size: size.default(64),
    frequency_min: z.number().min(0).default(0),
    frequency_max: z.number().positive().default(14_000),
    nb_max_samples: size.optional(),
    max_length_s: z.number().positive().default(10),
    padding: z.enum(['repeatpad', 'repeat', 'pad']).default('repeatpad'),
    truncation: z.literal('rand_trunc', 'only models without fusion are supported').default('rand_trunc'),
    top_db: z.null().optional(),
  })
  .transform((config) => ({ ...config, nb_max_samples: config.nb_max_samples ?? Math.round(config.max_length_s * config.sampling_rate) }));

const tokenizerConfigSchema = z.looseObject({ model_max_length: z.number().positive().optional() });

/** How audio becomes what the audio graph takes. */
export interface ClapFeatureOptions {
  /** Of the audio, Hz. */
  readonly sampleRate: number;
  /** Of the transform, in samples: a power of two. */
  readonly size: number;
  readonly hop: number;
  readonly bands: number;
  readonly lowestHz: number;
  readonly highestHz: number;
  /** Of one window of audio, in samples: 10 s. */
  readonly windowSamples: number;
  readonly padding: 'repeatpad' | 'repeat' | 'pad';
}

export interface ClapFolder {
  readonly path: string;
  /** Values of an embedding. */
  readonly dimensions: number;
  readonly features: ClapFeatureOptions;
  readonly maximumTokens: number;
  readonly paddingToken: number;
  readonly textGraph: string;
  readonly audioGraph: string;
}

/** Reads and checks a folder in the hub's layout. Throws GRYM_MODEL_FOLDER_INVALID with the name of the file and of what is wrong in it. */
export function readClapFolder(path: string, remote: readonly string[] = []): ClapFolder {
  requireFolder(path);
  const config = readConfig(path, 'config.json', configSchema);
  const preprocessor = readConfig(path, 'preprocessor_config.json', preprocessorSchema);
  const tokenizer = readConfig(path, 'tokenizer_config.json', tokenizerConfigSchema);
  const { max_position_embeddings: positions, pad_token_id: paddingToken } = config.text_config;
  return {
    path,
    dimensions: config.projection_dim,
    features: {
      sampleRate: preprocessor.sampling_rate,
      size: preprocessor.fft_window_size,
      hop: preprocessor.hop_length,
      bands: preprocessor.feature_size,
      lowestHz: preprocessor.frequency_min,
      highestHz: preprocessor.frequency_max,
      windowSamples: preprocessor.nb_max_samples,
      padding: preprocessor.padding,
    },
    // Positions of RoBERTa's kind are counted from behind that of the padding.
    maximumTokens: Math.min(tokenizer.model_max_length ?? Infinity, positions - paddingToken - 1),
    paddingToken,
    textGraph: chooseGraph(path, 'text_model', remote.includes('text_model')),
    audioGraph: chooseGraph(path, 'audio_model', remote.includes('audio_model')),
  };
}

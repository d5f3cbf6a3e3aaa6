import { z } from 'zod';
import { chooseGraph } from '../hub-layout/choose-graph.js';
import { hasFile, invalidFolder, readConfig, requireFolder } from '../hub-layout/model-folder.js';
import type { Vocabulary } from './ctc.js';

const sizes = z.array(z.int().positive()).min(1).max(32);

/** transformers' Wav2Vec2Config, as far as it decides what goes in and comes out. */
const configSchema = z
  .looseObject({
    model_type: z.literal('wav2vec2'),
    conv_kernel: sizes,
    conv_stride: sizes,
    hidden_size: z.int().positive(),
    pad_token_id: z.int().min(0).nullish(),
    // More strides behind the hidden states; no public export has them.
    add_adapter: z.literal(false).default(false),
  })
  .refine(({ conv_kernel: kernel, conv_stride: stride }) => kernel.length === stride.length, {
    path: ['conv_stride'],
    error: 'expected as many strides as kernels',
  });

const preprocessorSchema = z.looseObject({
  sampling_rate: z.int().min(1000).max(768_000).default(16_000),
  do_normalize: z.boolean().default(true),
  feature_size: z.literal(1).default(1),
});

const token = z.union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)]);

/** transformers' Wav2Vec2CTCTokenizer. */
const tokenizerSchema = z.looseObject({
  pad_token: token.default('<pad>'),
  unk_token: token.default('<unk>'),
  bos_token: token.default('<s>'),
  eos_token: token.default('</s>'),
  word_delimiter_token: token.default('|'),
  do_lower_case: z.boolean().default(false),
  target_lang: z.string().nullish(),
  added_tokens_decoder: z.record(z.string(), z.looseObject({ content: z.string(), special: z.boolean().default(false) })).default({}),
});

const identifiers = z.record(z.string(), z.int().min(0));
/** Of one language, or of several (MMS), by the language. */
const vocabularySchema = z.union([identifiers, z.record(z.string(), identifiers)]);

export interface Wav2Vec2Folder {
  readonly path: string;
  /** Of the audio that it takes, Hz. */
  readonly sampleRate: number;
  /** Samples from one frame to the next, and that one frame is computed from. */
  readonly stride: number;
  readonly receptiveField: number;
  readonly kernels: readonly number[];
  readonly strides: readonly number[];
  readonly hiddenSize: number;
  /** Whether the input is brought to mean 0 and variance 1. */
  readonly doNormalize: boolean;
  /** What its classes are written as; null where the folder has no vocabulary. */
  readonly vocabulary: Vocabulary | null;
  readonly graph: string;
}

function readVocabulary(folder: string): Vocabulary | null {
  if (!hasFile(folder, 'vocab.json')) return null;
  const tokenizer = hasFile(folder, 'tokenizer_config.json')
    ? readConfig(folder, 'tokenizer_config.json', tokenizerSchema)
    : tokenizerSchema.parse({});
  const read = readConfig(folder, 'vocab.json', vocabularySchema);
  const isOneLanguage = (value: typeof read): value is z.output<typeof identifiers> =>
    Object.values(value).every((entry) => typeof entry === 'number');
  const language = tokenizer.target_lang ?? '';
  const own = isOneLanguage(read) ? read : read[language];
  if (own === undefined) {
    throw invalidFolder(
      folder,
      `vocab.json has several languages, and tokenizer_config.json says target_lang = ${JSON.stringify(language)}`,
    );
  }
  const tokens = new Map(Object.entries(own).map(([text, id]) => [id, text]));
  const special = new Set([tokenizer.pad_token, tokenizer.unk_token, tokenizer.bos_token, tokenizer.eos_token]);
  for (const [id, added] of Object.entries(tokenizer.added_tokens_decoder)) {
    tokens.set(Number(id), added.content);
    if (added.special && added.content !== tokenizer.word_delimiter_token) special.add(added.content);
  }
  if (![...tokens.values()].includes(tokenizer.pad_token))
    throw invalidFolder(folder, `vocab.json has no ${tokenizer.pad_token}, the blank of CTC`);
  return { tokens, special, wordDelimiter: tokenizer.word_delimiter_token, lowerCase: tokenizer.do_lower_case };
}

/** Reads and checks a folder in the hub's layout. Throws GRYM_MODEL_FOLDER_INVALID with the name of the file and of what is wrong in it. */
export function readWav2Vec2Folder(path: string, isRemote = false): Wav2Vec2Folder {
  requireFolder(path);
  const config = readConfig(path, 'config.json', configSchema);
  const preprocessor = readConfig(path, 'preprocessor_config.json', preprocessorSchema);
  const layers = config.conv_kernel.map((kernel, index) => ({ kernel, stride: config.conv_stride[index] ?? 1 }));
  const reach = layers.reduce(({ field, step }, { kernel, stride }) => ({ field: field + (kernel - 1) * step, step: step * stride }), {
    field: 1,
    step: 1,
  });
  return {
    path,
    sampleRate: preprocessor.sampling_rate,
    stride: reach.step,
    receptiveField: reach.field,
    kernels: config.conv_kernel,
    strides: config.conv_stride,
    hiddenSize: config.hidden_size,
    doNormalize: preprocessor.do_normalize,
    vocabulary: readVocabulary(path),
    graph: chooseGraph(path, 'model', isRemote),
  };
}

/** How many frames come of so many samples: each convolution takes floor((n − kernel) ÷ stride) + 1. */
export function framesOf(samples: number, { kernels, strides }: Pick<Wav2Vec2Folder, 'kernels' | 'strides'>): number {
  return kernels.reduce((length, kernel, index) => Math.max(0, Math.floor((length - kernel) / (strides[index] ?? 1)) + 1), samples);
}

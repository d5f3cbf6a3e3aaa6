import { z } from 'zod';
import { RUNNER_KINDS } from '../hosts/model-runner.js';
import { relativePathSchema, modelIdSchema } from './file-names.js';
import { MODEL_ROLES } from './installed-model.js';
import { LICENCE_NAMES } from './licences.js';

const MEGABYTE = 1_000_000;
const GIGABYTE = 1_000_000_000;

const hubSourceSchema = z.strictObject({
  type: z.literal('hub'),
  /** `owner/name` on the Hugging Face hub. */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  /** A commit, or a branch where no commit was checked; a pull writes down the commit that it found. */
  revision: z.string().min(1),
  files: z.array(relativePathSchema).min(1),
});

const exportSourceSchema = z.strictObject({
  type: z.literal('export'),
  /** The published weights that scripts/models turns into graphs. */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
});

const knownModelSchema = z.strictObject({
  id: modelIdSchema,
  title: z.string().min(1),
  /** What it is for, and when to take it rather than its neighbours. */
  help: z.string().min(1),
  kind: z.enum(RUNNER_KINDS),
  roles: z.array(z.enum(MODEL_ROLES)).min(1),
  source: z.discriminatedUnion('type', [hubSourceSchema, exportSourceSchema]),
  licence: z.enum(LICENCE_NAMES),
  /** Whose weights, for the credit that licences ask for. */
  makers: z.string().min(1),
  /** On the disk. Approximate: the sum of what the hub shows, rounded; a pull reads the exact sizes. */
  approximateBytes: z.int().positive(),
  /** While it is loaded and computes. Estimated from the weights, not measured. */
  memoryBytes: z.int().positive(),
  /** What is taken where several models of a role are installed: the lowest first. */
  preference: z.int(),
});
export type KnownModel = z.infer<typeof knownModelSchema>;
export type HubSource = z.infer<typeof hubSourceSchema>;

const CLAP_FILES = [
  'config.json',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'onnx/text_model.onnx',
  'onnx/audio_model.onnx',
];

function deepSeek(
  size: '14B' | '7B' | '1.5B',
  facts: Pick<KnownModel, 'help' | 'approximateBytes' | 'memoryBytes' | 'preference'>,
): KnownModel {
  const name = `DeepSeek-R1-Distill-Qwen-${size}`;
  return {
    id: `deepseek-r1-distill-qwen-${size.toLowerCase()}`,
    title: `${name}, Q4_K_M`,
    kind: 'llama',
    roles: ['planner'],
    source: { type: 'hub', repository: `bartowski/${name}-GGUF`, revision: 'main', files: [`${name}-Q4_K_M.gguf`] },
    licence: 'MIT',
    makers: 'DeepSeek; made from Qwen2.5 (Apache-2.0); GGUF by bartowski',
    ...facts,
  };
}

function audioLdm(
  name: 's-full-v2' | 'm-full' | 'l-full',
  facts: Pick<KnownModel, 'help' | 'approximateBytes' | 'memoryBytes' | 'preference'>,
): KnownModel {
  return {
    id: `audioldm-${name}`,
    title: `AudioLDM ${name}`,
    kind: 'audioldm',
    roles: ['generator'],
    source: { type: 'export', repository: `cvssp/audioldm-${name}` },
    licence: 'CC-BY-NC-SA-4.0',
    makers: 'Haohe Liu and others, CVSSP, University of Surrey',
    ...facts,
  };
}

/**
 * Models that something in grym-synth can run; nothing is listed that has no provider. Repositories, file names and sizes were looked up in
 * public sources (the hub's pages, other projects that fetch the same files); none of these downloads was tried with the public hub.
 */
export const KNOWN_MODELS: readonly KnownModel[] = z.array(knownModelSchema).parse([
  deepSeek('14B', {
    help: 'The planner of grym-synth: thinks before it answers. Takes a minute and more for a plan without a GPU',
    approximateBytes: 8_990 * MEGABYTE,
    memoryBytes: 11_500 * MEGABYTE,
    preference: 0,
  }),
  deepSeek('7B', {
    help: 'A planner for computers with 16 GB of memory; half as large, plans less well',
    approximateBytes: 4_680 * MEGABYTE,
    memoryBytes: 6 * GIGABYTE,
    preference: 1,
  }),
  deepSeek('1.5B', {
    help: 'The smallest planner that thinks; quick, and often wrong, so that the built-in templates step in',
    approximateBytes: 1_120 * MEGABYTE,
    memoryBytes: 2 * GIGABYTE,
    preference: 2,
  }),
  audioLdm('s-full-v2', {
    help: 'Makes sounds from words, varies, continues and repairs them; the smallest and fastest, and where to begin',
    approximateBytes: 1_700 * MEGABYTE,
    memoryBytes: 3 * GIGABYTE,
    preference: 0,
  }),
  audioLdm('m-full', {
    help: 'As audioldm-s-full-v2, with a larger network: slower, often closer to the words',
    approximateBytes: 2_600 * MEGABYTE,
    memoryBytes: 4_500 * MEGABYTE,
    preference: 1,
  }),
  audioLdm('l-full', {
    help: 'As audioldm-s-full-v2, the largest network: slow without a GPU server',
    approximateBytes: 3_900 * MEGABYTE,
    memoryBytes: 6_500 * MEGABYTE,
    preference: 2,
  }),
  {
    id: 'clap-larger-music-and-speech',
    title: 'CLAP larger_clap_music_and_speech',
    help: 'Says how well a clip fits words, and how alike two clips are; trained on music too, so take this one for music',
    kind: 'clap',
    roles: ['embedder'],
    source: {
      type: 'hub',
      repository: 'Xenova/larger_clap_music_and_speech',
      revision: 'e9fd5ac1dbf3280936a7fc3ec8a020453ff184db',
      files: CLAP_FILES,
    },
    licence: 'Apache-2.0',
    makers: 'LAION; ONNX by Xenova',
    approximateBytes: 786 * MEGABYTE,
    memoryBytes: 1_600 * MEGABYTE,
    preference: 0,
  },
  {
    id: 'clap-htsat-unfused',
    title: 'CLAP htsat-unfused',
    help: 'As clap-larger-music-and-speech, with a smaller ear, trained on sounds of all kinds',
    kind: 'clap',
    roles: ['embedder'],
    source: { type: 'hub', repository: 'Xenova/clap-htsat-unfused', revision: 'main', files: CLAP_FILES },
    licence: 'Apache-2.0',
    makers: 'LAION; ONNX by Xenova',
    approximateBytes: 622 * MEGABYTE,
    memoryBytes: 1_300 * MEGABYTE,
    preference: 1,
  },
  {
    id: 'wav2vec2-base-960h',
    title: 'wav2vec2 base 960h',
    help: 'Writes down English words that are sung or spoken, with their times',
    kind: 'wav2vec2',
    // The published graph answers with letters only; one that gives its hidden states too is an embedder as well.
    roles: ['transcriber'],
    source: {
      type: 'hub',
      repository: 'Xenova/wav2vec2-base-960h',
      revision: 'main',
      files: ['config.json', 'preprocessor_config.json', 'tokenizer_config.json', 'vocab.json', 'onnx/model.onnx'],
    },
    licence: 'Apache-2.0',
    makers: 'Meta AI; ONNX by Xenova',
    approximateBytes: 378 * MEGABYTE,
    memoryBytes: GIGABYTE,
    preference: 2,
  },
] satisfies KnownModel[]);

export function knownModel(id: string): KnownModel | undefined {
  return KNOWN_MODELS.find((model) => model.id === id);
}

/** For the order in which models of one role are taken: low first. One that is not in the catalogue comes behind those that are. */
export function preferenceOf(id: string): number {
  return knownModel(id)?.preference ?? KNOWN_MODELS.length;
}

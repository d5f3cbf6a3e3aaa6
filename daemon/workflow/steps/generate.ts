import { z } from 'zod';
import { clipFactsSchema, type ClipFacts, type ClipLibrary } from '../../audio/index.js';
import type { NewContextItem } from '../../context/index.js';
import { failpoint, throwIfCancelled } from '../../kernel/index.js';
import type { Generator, Roles } from '../../models/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { diffusionFields } from './shared/fields.js';
import { factsOfGenerated, withinGenerationTime } from './shared/generated-clip.js';

interface GenerateServices {
  readonly library: ClipLibrary;
  readonly roles: Roles;
  readonly settings: { readonly sampleRate: number; readonly generateDeadlineMs: number };
}

const inputSchema = z.strictObject({
  prompt: z.string().max(10_000).describe('What to make: instrument, mood, genre, tempo, bars, key, in plain words'),
  seed: z.int().describe('The same seed and prompt make the same clip, bit for bit'),
  sampleRate: z.number().min(8_000).max(768_000).optional().describe('Sample rate in Hz; else the configured one'),
  tempoBpm: z.number().min(20).max(400).optional().describe('Tempo; else of the prompt'),
  bars: z.int().min(1).max(64).optional().describe('Length in bars; else of the prompt'),
  metreNumerator: z.int().min(1).max(64).optional().describe('Upper number of the metre; counts only with the lower one'),
  metreDenominator: z.int().min(1).max(64).optional().describe('Lower number of the metre; counts only with the upper one'),
  key: z.string().max(40).optional().describe('Key, such as "A minor"; else of the prompt'),
  promptTerms: z.array(z.string().max(200)).max(100).optional().describe('Words that are added to the prompt'),
  ...diffusionFields,
});

const outputSchema = z.strictObject({
  clip: z.string().describe('The clip, by its hash'),
  facts: clipFactsSchema.describe('What is known of it'),
});

type Input = z.output<typeof inputSchema>;

// The setting generateDeadlineSeconds bounds how long a generation may stand still; this bounds the whole.
const LONGEST_MS = 3_600_000;
const BYTES_PER_CLIP = 64 * 1024 * 1024;

/** Step `generate`: from words to a clip in the library; the clip enters the index in the transaction that commits the result. */
export default defineStep({
  name: 'generate',
  help: 'Makes a clip from a prompt',
  version: 1,
  input: inputSchema,
  output: outputSchema,
  capability: 'generate.audio.from-text',
  idempotency: 'pure',
  cacheable: true,
  complete: (input, { settings }: GenerateServices) => ({ ...input, sampleRate: input.sampleRate ?? settings.sampleRate }),
  cost: () => ({ threads: 1, memoryBytes: BYTES_PER_CLIP, seconds: 1 }),
  deadlineMs: LONGEST_MS,
  clips: ({ clip }) => [clip],
  smaller: (input) => {
    const bars = input.bars === undefined ? 0 : Math.floor(input.bars / 2);
    return bars < 1 ? null : { input: { ...input, bars }, what: `${bars} bars instead of ${String(input.bars)}` };
  },
  run: async (input, services: GenerateServices, io) => {
    const { roles, library, settings } = services;
    const generator = roles.generator(io.provider?.provider);
    const audio = await withinGenerationTime(services, io, (options) => generator.generate(requestOf(input, settings.sampleRate), options));
    failpoint('generate.finished');
    throwIfCancelled(io.signal, `run ${io.runId}`);
    io.progress(0.85, 'filing the clip');
    const filed = await library.file(audio.samples, factsOfGenerated(input.prompt, audio));
    return {
      kind: 'done',
      output: { clip: filed.hash, facts: filed.facts },
      items: itemsOf(filed.facts),
      explanation: audio.explanation,
    };
  },
  commit: ({ clip, facts }, { library }) => {
    library.enter({ hash: clip, path: library.pathOf(clip), facts });
    failpoint('clip.indexed');
  },
});

function requestOf(input: Input, sampleRate: number): Parameters<Generator['generate']>[0] {
  const { prompt, seed, tempoBpm, bars, key, metreNumerator: numerator, metreDenominator: denominator, promptTerms = [] } = input;
  const words = [prompt, ...promptTerms.filter((term) => !prompt.toLowerCase().includes(term.toLowerCase()))].join(', ');
  const metre = numerator !== undefined && denominator !== undefined ? { numerator, denominator } : undefined;
  return {
    ...{ prompt: words, seed, sampleRate: input.sampleRate ?? sampleRate },
    ...(tempoBpm !== undefined && { tempoBpm }),
    ...(bars !== undefined && { bars }),
    ...(metre !== undefined && { metre }),
    ...(key !== undefined && { key }),
    ...{ negativePrompt: input.negativePrompt, guidanceScale: input.guidance, steps: input.steps, eta: input.eta },
  };
}

function itemsOf({ tempoBpm, bars, metre, key, loudnessLufs, instrument }: ClipFacts): NewContextItem[] {
  const said: NewContextItem[] = [
    ['tempoBpm', tempoBpm],
    ['bars', bars],
    ['metreNumerator', metre.numerator],
    ['metreDenominator', metre.denominator],
    ['key', key],
    ['loudnessLufs', loudnessLufs],
  ].flatMap(([field, value]) =>
    value === null || typeof field !== 'string' ? [] : [{ category: 'audio-parameters', field, value: value ?? null, rank: 'analysis' }],
  );
  return [...said, { category: 'stylistic-preferences', field: 'instrument', value: instrument, rank: 'analysis' }];
}

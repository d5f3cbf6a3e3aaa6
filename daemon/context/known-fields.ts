import { z } from 'zod';
import type { ContextCategory } from './context-item.js';

export interface KnownField {
  readonly schema: z.ZodType;
  /** Empty where the value has none. */
  readonly unit: string;
  /** What may stand there, for people. */
  readonly range: string;
  readonly category: ContextCategory;
  readonly help: string;
}

type Place = Pick<KnownField, 'category' | 'unit' | 'help'>;

function number(minimum: number, maximum: number, place: Place): KnownField & { schema: z.ZodNumber } {
  return { schema: z.number().min(minimum).max(maximum), range: `${minimum} … ${maximum}`, ...place };
}
function whole(minimum: number, maximum: number, place: Place): KnownField & { schema: z.ZodInt } {
  return { schema: z.int().min(minimum).max(maximum), range: `whole, ${minimum} … ${maximum}`, ...place };
}
function share(category: ContextCategory, help: string): KnownField & { schema: z.ZodNumber } {
  return number(0, 1, { category, unit: '', help });
}
function text(maximumCharacters: number, place: Omit<Place, 'unit'>): KnownField & { schema: z.ZodString } {
  return { schema: z.string().max(maximumCharacters), range: `text, up to ${maximumCharacters} characters`, unit: '', ...place };
}
function words(place: Omit<Place, 'unit'>): KnownField & { schema: z.ZodArray<z.ZodString> } {
  return { schema: z.array(z.string().min(1).max(200)).max(100), range: 'list of words, up to 100', unit: '', ...place };
}

/** Fields that steps and rules agree on. Others are allowed, and are not checked. */
export const KNOWN_FIELDS = {
  prompt: text(10_000, { category: 'prompt', help: 'What was asked for, in words.' }),
  promptTerms: words({ category: 'prompt', help: 'Words that are added to the prompt.' }),

  tempoBpm: number(1, 1_000, { category: 'audio-parameters', unit: 'beats per minute', help: 'Tempo.' }),
  metreNumerator: whole(1, 64, { category: 'audio-parameters', unit: '', help: 'Upper number of the metre.' }),
  metreDenominator: whole(1, 64, { category: 'audio-parameters', unit: '', help: 'Lower number of the metre.' }),
  bars: number(0, 4_096, { category: 'audio-parameters', unit: 'bars', help: 'Length.' }),
  key: text(40, { category: 'audio-parameters', help: 'Key, such as `A minor`.' }),
  loudnessLufs: number(-200, 20, { category: 'audio-parameters', unit: 'LUFS', help: 'Integrated loudness.' }),
  brightnessHz: number(0, 384_000, { category: 'audio-parameters', unit: 'Hz', help: 'Spectral centroid.' }),
  onsetsPerSecond: number(0, 1_000, { category: 'audio-parameters', unit: 'per second', help: 'Onset density.' }),
  energy: share('audio-parameters', 'How much happens, from still to driving.'),
  complexity: share('audio-parameters', 'How varied rhythm and harmony are, from one repeated tone to free.'),
  intensity: share('audio-parameters', 'How hard it pushes, as tempo and energy suggest.'),
  spectralBalance: {
    schema: z.union([z.record(z.string(), z.number()), z.array(z.number()).max(64)]),
    unit: '',
    range: 'numbers by band, or a list of up to 64',
    category: 'audio-parameters',
    help: 'Share or level of each band.',
  },
  detectedPatterns: words({ category: 'audio-parameters', help: 'What the audio was heard to hold, such as `four-on-the-floor`.' }),

  instrument: text(100, { category: 'stylistic-preferences', help: 'Instrument.' }),
  genre: text(100, { category: 'stylistic-preferences', help: 'Genre.' }),
  mood: text(200, { category: 'stylistic-preferences', help: 'Mood.' }),

  seed: whole(0, Number.MAX_SAFE_INTEGER, { category: 'generation-parameters', unit: '', help: 'Seed of what is random.' }),
  temperature: number(0, 5, { category: 'generation-parameters', unit: '', help: 'How freely a model draws.' }),
  topK: whole(1, 100_000, { category: 'generation-parameters', unit: '', help: 'How many continuations a model draws from.' }),
  steps: whole(1, 1_000, { category: 'generation-parameters', unit: '', help: 'Steps of a diffusion model.' }),
  guidance: number(0, 50, { category: 'generation-parameters', unit: '', help: 'How closely a model follows the prompt.' }),
  strength: share('generation-parameters', 'How far a variation goes from its source.'),

  sampleRate: number(1_000, 768_000, { category: 'processing-requirements', unit: 'Hz', help: 'Sample rate of the result.' }),
  bridge: text(200, { category: 'processing-requirements', help: 'Bridge that the run is for.' }),
  slot: whole(0, 15, { category: 'processing-requirements', unit: '', help: 'Slot that the clip is for.' }),
} as const satisfies Record<string, KnownField>;

export type KnownFieldName = keyof typeof KNOWN_FIELDS;
/** Types of the known fields' values. */
export type KnownFieldValues = { readonly [Name in KnownFieldName]: z.output<(typeof KNOWN_FIELDS)[Name]['schema']> };

export function knownField(name: string): KnownField | undefined {
  return Object.hasOwn(KNOWN_FIELDS, name) ? KNOWN_FIELDS[name as KnownFieldName] : undefined;
}

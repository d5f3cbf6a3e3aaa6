import type { AudioAnalysis, AudioBuffer, AudioWorkshop, WorkshopOptions } from '../audio/index.js';

export interface DescribedWord {
  readonly word: string;
  /** What was measured that the word stands for. */
  readonly reason: string;
}

export interface Description {
  /** One sentence. */
  readonly text: string;
  readonly words: readonly DescribedWord[];
  /** What a generator is asked for that is to make something alike: only words that the built-in one understands. */
  readonly prompt: string;
  /** What a listener that knows music heard; absent where it is measured only. */
  readonly heard?: Heard;
}

/** In words, as the listener said it. */
export interface Heard {
  readonly instruments: readonly string[];
  readonly mood: readonly string[];
  readonly genre: readonly string[];
  readonly productionNotes: readonly string[];
  readonly issues: readonly string[];
}

/** The role "listener", as far as it describes: audio to words. */
export interface Describer {
  readonly provider: string;
  readonly version: string;
  describe(audio: AudioBuffer, options: WorkshopOptions): Promise<Description>;
  /** The same, where it follows from the analysis alone: who has that need not open the audio. */
  readonly fromAnalysis?: (analysis: AudioAnalysis) => Description;
}

/** The built-in describer: plain words for what is measured, each with the figure. No model, and it does not claim to know instruments. */
export function createDescriptorDescriber(workshop: Pick<AudioWorkshop, 'analyse' | 'version'>): Describer {
  return {
    provider: 'descriptors',
    version: `2/${workshop.version}`,
    fromAnalysis: describeAnalysis,
    describe: async (audio, options) => describeAnalysis(await workshop.analyse(audio, options)),
  };
}

type Measure = (analysis: AudioAnalysis) => DescribedWord | null;

/** The word of the first limit that the value lies below, else the last word. */
function scale(
  value: number | null,
  steps: readonly (readonly [limit: number, word: string | null])[],
  reason: (value: number) => string,
): DescribedWord | null {
  if (value === null) return null;
  const word = (steps.find(([limit]) => value < limit) ?? steps.at(-1))?.[1] ?? null;
  return word === null ? null : { word, reason: reason(value) };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Most telling first. The limits are those at which the built-in generator's own words (dark, bright, sparse, busy, …) begin to differ to the ear. */
const MEASURES: readonly Measure[] = [
  ({ harmonicShare }) =>
    scale(
      harmonicShare,
      [
        [0.35, 'percussive'],
        [0.65, null],
        [Infinity, 'tonal'],
      ],
      (value) => `${percent(value)} of its energy is harmonic`,
    ),
  ({ brightnessHz }) =>
    scale(
      brightnessHz,
      [
        [500, 'dark'],
        [1_200, 'warm'],
        [3_000, null],
        [Infinity, 'bright'],
      ],
      (value) => `the centre of its spectrum lies at ${Math.round(value)} Hz`,
    ),
  ({ spectralBalance }) =>
    scale(
      spectralBalance?.sub ?? null,
      [
        [0.5, null],
        [Infinity, 'bass-heavy'],
      ],
      (value) => `${percent(value)} of its energy lies below 120 Hz`,
    ),
  ({ spectralFlatness }) =>
    scale(
      spectralFlatness,
      [
        [0.3, null],
        [Infinity, 'noisy'],
      ],
      (value) => `its spectrum is flat to ${value.toFixed(2)} (1 = noise)`,
    ),
  ({ onsetsPerSecond }) =>
    scale(
      onsetsPerSecond,
      [
        [0.5, 'sustained'],
        [2, 'sparse'],
        [6, null],
        [Infinity, 'busy'],
      ],
      (value) => `it has ${value.toFixed(1)} onsets a second`,
    ),
  ({ tempoBpm }) =>
    scale(
      tempoBpm !== null && tempoBpm.confidence >= 0.3 ? tempoBpm.value : null,
      [
        [90, 'slow'],
        [140, null],
        [Infinity, 'fast'],
      ],
      (value) => `its tempo is ${value.toFixed(1)} bpm`,
    ),
  ({ key }) => {
    const mode = key !== null && key.confidence >= 0.3 ? /\b(minor|major)\b/.exec(key.value)?.[1] : undefined;
    return mode === undefined
      ? null
      : { word: mode, reason: `its key is ${key?.value ?? ''} (confidence ${key?.confidence.toFixed(2) ?? ''})` };
  },
  ({ loudnessLufs }) =>
    scale(
      loudnessLufs,
      [
        [-30, 'quiet'],
        [-11, null],
        [Infinity, 'loud'],
      ],
      (value) => `its loudness is ${value.toFixed(1)} LUFS`,
    ),
  ({ stereoWidth }) =>
    scale(
      stereoWidth,
      [
        [0.02, 'mono'],
        [0.4, null],
        [Infinity, 'wide'],
      ],
      (value) => `its stereo width is ${value.toFixed(2)} (0 = mono)`,
    ),
];

/** Every word that a description may hold. */
export const DESCRIBER_WORDS: ReadonlySet<string> = new Set([
  ...['percussive', 'tonal', 'dark', 'warm', 'bright', 'bass-heavy', 'noisy', 'sustained', 'sparse', 'busy', 'slow', 'fast'],
  ...['minor', 'major', 'quiet', 'loud', 'mono', 'wide'],
]);

/** Of the words above those that the generator has too, as adjectives; length, tempo, key and loudness are handed on as what they are. */
const PROMPT_WORDS: ReadonlySet<string> = new Set(['dark', 'warm', 'bright', 'noisy', 'sustained', 'sparse', 'busy', 'mono', 'wide']);

/**
 * The instrument that comes nearest to what was measured: drums for what has no pitch, else one that is pitched. It is a choice of what
 * fits, not a claim of what was heard.
 */
function fittingInstrument(words: ReadonlySet<string>): string {
  const isHeld = words.has('sustained');
  if (words.has('percussive')) return isHeld ? 'texture' : 'drums';
  if (words.has('noisy')) return words.has('tonal') ? 'lead' : 'texture';
  if (words.has('bass-heavy')) return 'bass';
  if (isHeld) return 'pad';
  if (words.has('dark')) return 'bass';
  if (words.has('busy')) return 'pluck';
  return words.has('sparse') ? 'keys' : 'lead';
}

function promptOf(words: readonly DescribedWord[]): string {
  const said = words.map(({ word }) => word);
  return [...said.filter((word) => PROMPT_WORDS.has(word)), fittingInstrument(new Set(said))].join(' ');
}

/** Exported for whoever has the analysis already. */
export function describeAnalysis(analysis: AudioAnalysis): Description {
  const length = `${analysis.durationSeconds.toFixed(1)} s`;
  if (analysis.loudnessLufs === null && analysis.peakDbtp === null) {
    const words = [{ word: 'silent', reason: 'nothing in it is loud enough to be measured' }];
    return { text: `${length} of silence.`, words, prompt: 'soft pad' };
  }
  const words = MEASURES.map((measure) => measure(analysis)).filter((word) => word !== null);
  const list = words.map(({ word }) => word).join(', ') || 'neither this nor that: nothing about it stands out';
  return { text: `${length}, ${list}.`, words, prompt: promptOf(words) };
}

import type { AudioBuffer } from '../audio/index.js';

/** A metre as it is written: 7/8. */
export interface Metre {
  readonly numerator: number;
  readonly denominator: number;
}

/** What to make. Tempo, bars, metre and key given here win over the prompt's words. */
export interface GenerateRequest {
  readonly prompt: string;
  /** Any safe integer; the same request with the same seed gives the same samples, bit for bit. */
  readonly seed: number;
  /** 8,000 to 192,000 Hz. */
  readonly sampleRate: number;
  readonly tempoBpm?: number | undefined;
  readonly bars?: number | undefined;
  readonly metre?: Metre | undefined;
  /** "A minor", "F# dorian", "Am". */
  readonly key?: string | undefined;
  /** What it should not sound like; for models. */
  readonly negativePrompt?: string | undefined;
  /** For diffusion models: how far to follow the words (1 = not guided), steps, and how random they are, 0 … 1. Undefined: the model's defaults. */
  readonly guidanceScale?: number | undefined;
  readonly steps?: number | undefined;
  readonly eta?: number | undefined;
}

/** What is made of audio that is there. */
export interface FromAudioRequest extends GenerateRequest {
  readonly source: AudioBuffer;
  /** 0 hardly … 1 as if there were no source. */
  readonly strength: number;
}

/** Part of the audio is made anew, the rest stays; a continuation makes what comes after the end. */
export interface InpaintRequest extends GenerateRequest {
  readonly source: AudioBuffer;
  /** What is made anew; an end beyond the source's continues it. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export interface GeneratedAudio {
  /** Interleaved stereo. */
  readonly samples: Float32Array;
  readonly sampleRate: number;
  readonly channels: 2;
  /** round(bars × quarters per bar × 60 / tempo × rate). */
  readonly frames: number;
  readonly tempoBpm: number;
  readonly metre: Metre;
  readonly bars: number;
  readonly quarterNotes: number;
  /** Null for what has no key, such as drums. */
  readonly key: string | null;
  readonly loop: boolean;
  readonly instrument: string;
  /** Null where nothing is loud enough to be measured. */
  readonly loudnessLufs: number | null;
  readonly peakDbtp: number;
  readonly name: string;
  readonly provider: string;
  readonly providerVersion: string;
  readonly seed: number;
  /** Which word set what, what was assumed, and which words had no effect. */
  readonly explanation: string[];
}

export interface GenerateOptions {
  readonly signal: AbortSignal;
  /** fraction 0…1; stage in plain words. */
  readonly onProgress: (fraction: number, stage: string) => void;
}

/** The role "generator": from a request to audio. */
export interface Generator {
  readonly provider: string;
  /** For cache keys: of the code or of the model's weights. */
  readonly version: string;
  /** Throws GrymError: GRYM_PROMPT_*, GRYM_GENERATOR_*, GRYM_MODEL_*, GRYM_CANCELLED, GRYM_DEADLINE_EXCEEDED. */
  generate(request: GenerateRequest, options: GenerateOptions): Promise<GeneratedAudio>;
  /** Absent where it cannot. */
  readonly fromAudio?: (request: FromAudioRequest, options: GenerateOptions) => Promise<GeneratedAudio>;
  readonly inpaint?: (request: InpaintRequest, options: GenerateOptions) => Promise<GeneratedAudio>;
  dispose(): Promise<void>;
}

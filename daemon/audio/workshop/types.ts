/** Samples in memory. Interleaved, frames × channels of them, full scale = 1. */
export interface AudioBuffer {
  readonly samples: Float32Array;
  readonly sampleRate: number;
  readonly channels: number;
}

export interface WorkshopOptions {
  readonly signal: AbortSignal;
  /** 0 … 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** A value with how sure the analysis is of it, 0 … 1. */
export interface Estimate<T> {
  readonly value: T;
  readonly confidence: number;
}

/** What measurement says of a piece of audio. Null: there is nothing to measure it on (silence, too short, no pitch). */
export interface AudioAnalysis {
  readonly durationSeconds: number;
  readonly tempoBpm: Estimate<number> | null;
  readonly beatSeconds: readonly number[];
  readonly onsetSeconds: readonly number[];
  readonly onsetsPerSecond: number;
  /** "A minor". */
  readonly key: Estimate<string> | null;
  /** One chord for each beat-aligned segment: "Am", "F", or "N" for none. */
  readonly chords: readonly {
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly chord: string;
    readonly confidence: number;
  }[];
  /** EBU R128 integrated, LUFS. */
  readonly loudnessLufs: number | null;
  readonly peakDbtp: number | null;
  /** Spectral centroid, Hz, weighted by energy over time. */
  readonly brightnessHz: number | null;
  /** Shares of the energy, sum 1: below 120 Hz, to 500 Hz, to 2 kHz, to 6 kHz, above. */
  readonly spectralBalance: {
    readonly sub: number;
    readonly low: number;
    readonly middle: number;
    readonly presence: number;
    readonly air: number;
  } | null;
  /** 0 tonal … 1 noise. */
  readonly spectralFlatness: number | null;
  /** Share of harmonic against percussive energy, 0 … 1. */
  readonly harmonicShare: number | null;
  /** 0 mono … 1 wide. */
  readonly stereoWidth: number | null;
  /** Descriptors of timbre, rhythm and pitch as one vector for similarity; each dimension scaled to about ±1. */
  readonly descriptors: readonly number[];
}

export interface FitPlan {
  /** Tempo of the source; with `targetTempoBpm` the stretch. */
  readonly sourceTempoBpm?: number | undefined;
  readonly targetTempoBpm?: number | undefined;
  /** −12 … 12. */
  readonly semitones?: number | undefined;
  /** Exact length of the result; cut (with a fade) or padded. */
  readonly targetFrames?: number | undefined;
  readonly targetLoudnessLufs?: number | undefined;
  /** Never exceeded. Default −1. */
  readonly ceilingDbtp?: number | undefined;
  /** Look for the best point to close the loop at and cross-fade over it. */
  readonly seamlessLoop?: boolean | undefined;
}

export interface FittedAudio extends AudioBuffer {
  readonly loudnessLufs: number | null;
  readonly peakDbtp: number | null;
  /** What was done, one sentence each. */
  readonly changes: readonly string[];
}

export interface VariationPlan {
  readonly seed: number;
  /** 0 hardly … 1 much. */
  readonly strength: number;
  /** Where the material may be cut: beats or onsets, in seconds. */
  readonly cutSeconds: readonly number[];
  /** Length of the result; for a continuation more than the source or other than it. */
  readonly targetFrames: number;
  /** `vary`: the source rearranged over its own length; `continue`: what may come after it. */
  readonly kind: 'vary' | 'continue';
}

export interface VariedAudio extends AudioBuffer {
  readonly changes: readonly string[];
}

export type ExportFormat = 'wav-float32' | 'wav-24' | 'wav-16' | 'flac-24' | 'flac-16';

export interface DecodedAudio extends AudioBuffer {
  /** As a person would say it: "FLAC, 24 bits". */
  readonly format: string;
  readonly tags: Readonly<Record<string, string>>;
  /** What was wrong with the file and how it was read nevertheless, one sentence each. */
  readonly notices: readonly string[];
}

/** Which frames of a file: whole numbers, `startFrame` from 0 on, `frames` from 1 to 2^28. */
export interface FilePart {
  readonly startFrame: number;
  readonly frames: number;
}

/** At most the frames that were asked for: fewer where the file ends before them. */
export interface DecodedPart extends DecodedAudio {
  /** Of the whole file, as its header promises it. */
  readonly totalFrames: number;
}

export interface EncodedFile {
  readonly bytes: number;
  /** Samples beyond full scale that an integer format cannot hold. */
  readonly clippedSamples: number;
}

/** Offline work on audio, off the event loop, by native/dsp. Every method throws GrymError. */
export interface AudioWorkshop {
  analyse(audio: AudioBuffer, options: WorkshopOptions): Promise<AudioAnalysis>;
  fit(audio: AudioBuffer, plan: FitPlan, options: WorkshopOptions): Promise<FittedAudio>;
  vary(audio: AudioBuffer, plan: VariationPlan, options: WorkshopOptions): Promise<VariedAudio>;
  /**
   * At another rate, 4,000 to 768,000 Hz: exactly round(frames × target ÷ rate) frames, not delayed, flat to 95 % of the lower Nyquist
   * frequency, aliases 140 dB down (soxr's best quality).
   */
  resample(audio: AudioBuffer, targetRate: number, options: WorkshopOptions): Promise<AudioBuffer>;
  /** WAV, AIFF, FLAC, OGG; 1 or 2 channels, at most 2 GiB of samples. Throws GRYM_AUDIO_FILE_UNREADABLE. */
  decode(path: string, options: WorkshopOptions): Promise<DecodedAudio>;
  /**
   * A part of such a file, which may be of any length. Throws GRYM_AUDIO_FILE_UNREADABLE as well where the part begins behind the end, and where
   * the format cannot be read from the middle (GSM 6.10, DWVW, streams of unknown length); where the file is shorter than its header promises,
   * a part that has no frames is unreadable and one that has some is shorter, with a notice. Throws GRYM_WORKSHOP_REFUSED for a part that is none.
   */
  decodePart(path: string, part: FilePart, options: WorkshopOptions): Promise<DecodedPart>;
  /**
   * Durable: written beside and renamed. Tags: title, artist, album, date, genre, comment, software, copyright, and tempo (BPM) with
   * metre ("3/4"); others, and a tempo where the format has no field for it, are added to the comment. Throws GRYM_EXPORT_UNWRITABLE.
   */
  encode(
    audio: AudioBuffer,
    file: { readonly path: string; readonly format: ExportFormat; readonly tags: Readonly<Record<string, string>> },
    options: WorkshopOptions,
  ): Promise<EncodedFile>;
  /** For cache keys: changes whenever the same input may give another result. */
  readonly version: string;
  dispose(): Promise<void>;
}

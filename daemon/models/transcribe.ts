import type { AudioSource, WorkshopOptions } from '../audio/index.js';

export interface TranscribedWord {
  readonly word: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface Transcription {
  /** Empty where nothing was said. */
  readonly text: string;
  readonly words: readonly TranscribedWord[];
}

/** The role "transcriber": audio to what is said or sung in it. */
export interface Transcriber {
  readonly provider: string;
  readonly version: string;
  /** Reads of the source what it needs, when it needs it. */
  transcribe(source: AudioSource, options: WorkshopOptions): Promise<Transcription>;
}

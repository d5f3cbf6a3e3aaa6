import { wholeOf, type AudioAnalysis, type AudioSource, type AudioWorkshop, type WorkshopOptions } from '../audio/index.js';

/** A vector with the space that it lives in: vectors of different spaces are never compared. */
export interface Embedding {
  readonly space: string;
  readonly vector: readonly number[];
}

/** The role "embedder": audio to a vector; near vectors sound alike. */
export interface Embedder {
  readonly provider: string;
  readonly version: string;
  readonly space: string;
  /** Null where there is nothing to tell apart, as in silence. Reads of the source what it needs, when it needs it. */
  embed(source: AudioSource, options: WorkshopOptions): Promise<Embedding | null>;
  /** The same, where it follows from the analysis alone: who has that need not open the audio. */
  readonly fromAnalysis?: (analysis: AudioAnalysis) => Embedding | null;
  /** Words into the same space, where it has words: audio that they describe lies near. */
  readonly embedText?: (text: string, options: WorkshopOptions) => Promise<Embedding>;
  /** How alike two vectors of its space are, 0 … 1; undefined: `similarityOf`. */
  readonly similarity?: (a: readonly number[], b: readonly number[]) => number;
}

/** The built-in embedder: the workshop's measured descriptors of timbre, rhythm and pitch, no model. */
export function createDescriptorEmbedder(workshop: Pick<AudioWorkshop, 'analyse' | 'version'>): Embedder {
  const space = `grym-descriptors/${workshop.version}`;
  const fromAnalysis = ({ descriptors, loudnessLufs }: AudioAnalysis): Embedding | null =>
    loudnessLufs === null || descriptors.length === 0 ? null : { space, vector: descriptors };
  return {
    ...{ provider: 'descriptors', version: workshop.version, space, fromAnalysis },
    embed: async (source, options) => fromAnalysis(await workshop.analyse(await wholeOf(source, { signal: options.signal }), options)),
  };
}

/**
 * How alike two vectors of one space are, 0 … 1: 1 ÷ (1 + d), d the root mean square of their differences. The descriptors are scaled
 * to about ±1, so that d = 1 is as different as unrelated sounds are; an angle would call a quiet and a strong feature alike.
 */
export function similarityOf(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0) throw new RangeError(`vectors of ${a.length} and ${b.length} dimensions cannot be compared`);
  const sum = a.reduce((total, value, index) => total + (value - (b[index] ?? 0)) ** 2, 0);
  return 1 / (1 + Math.sqrt(sum / a.length));
}

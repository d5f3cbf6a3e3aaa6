import { existsSync } from 'node:fs';
import {
  openSourceFile,
  type AudioAnalysis,
  type AudioBuffer,
  type AudioSource,
  type AudioWorkshop,
  type Clip,
  type ClipFacts,
  type WorkshopOptions,
} from '../../../audio/index.js';
import { GrymError } from '../../../kernel/index.js';
import type { Describer, Description, Embedder, Embedding } from '../../../models/index.js';
import type { CostEstimate, StepIo } from '../../catalogue/step-definition.js';
import type { AudioStepServices } from './services.js';

/** A clip with its samples. */
export interface OpenedClip {
  readonly clip: Clip;
  readonly audio: AudioBuffer;
}

/** A clip that is read a part at a time. */
export interface SourceClip {
  readonly clip: Clip;
  readonly source: AudioSource;
}

type ClipServices = Pick<AudioStepServices, 'library' | 'workshop'>;

function clipOnDisk({ library }: Pick<ClipServices, 'library'>, hash: string): Clip {
  const clip = library.get(hash);
  if (!existsSync(clip.path)) throw new GrymError('GRYM_CLIP_MISSING', { clip: clip.hash, path: clip.path });
  return clip;
}

/** Throws GRYM_CLIP_UNKNOWN, GRYM_CLIP_AMBIGUOUS, GRYM_CLIP_MISSING or GRYM_AUDIO_FILE_UNREADABLE. */
export async function openClip(services: ClipServices, hash: string, options: WorkshopOptions): Promise<OpenedClip> {
  const clip = clipOnDisk(services, hash);
  return { clip, audio: await services.workshop.decode(clip.path, options) };
}

/** For work that goes through a clip of any length: nothing of it is held. Throws as `openClip` does, and so does reading it. */
export async function openClipSource(services: ClipServices, hash: string, options: WorkshopOptions): Promise<SourceClip> {
  const clip = clipOnDisk(services, hash);
  return { clip, source: await openSourceFile(services.workshop, clip.path, options) };
}

/** Progress of a part of a step, from one fraction to another. */
export function partOf(io: Pick<StepIo<never>, 'signal' | 'progress'>, stage: string, from = 0, to = 1): WorkshopOptions {
  return { signal: io.signal, onProgress: (fraction) => io.progress(from + (to - from) * fraction, stage) };
}

const REMEMBERED_ANALYSES = 256;
/** Several steps of a workflow ask for the same clip's analysis; by clip and version of the workshop, the longest unused is forgotten. */
const remembered = new WeakMap<AudioWorkshop, Map<string, AudioAnalysis>>();

export async function analysisOf(services: ClipServices, hash: string, options: WorkshopOptions): Promise<AudioAnalysis> {
  const { workshop, library } = services;
  const full = library.get(hash).hash;
  const known = remembered.get(workshop) ?? new Map<string, AudioAnalysis>();
  remembered.set(workshop, known);
  const earlier = known.get(full);
  known.delete(full);
  const analysis = earlier ?? (await workshop.analyse((await openClip(services, full, options)).audio, options));
  known.set(full, analysis);
  const oldest = known.keys().next();
  if (known.size > REMEMBERED_ANALYSES && !oldest.done) known.delete(oldest.value);
  return analysis;
}

/** Null for silence. */
export async function embeddingOf(
  services: ClipServices,
  embedder: Embedder,
  hash: string,
  options: WorkshopOptions,
): Promise<Embedding | null> {
  if (embedder.fromAnalysis !== undefined) return embedder.fromAnalysis(await analysisOf(services, hash, options));
  const { source } = await openClipSource(services, hash, { signal: options.signal });
  return embedder.embed(source, options);
}

export async function descriptionOf(
  services: ClipServices,
  describer: Describer,
  hash: string,
  options: WorkshopOptions,
): Promise<Description> {
  if (describer.fromAnalysis !== undefined) return describer.fromAnalysis(await analysisOf(services, hash, options));
  return describer.describe((await openClip(services, hash, options)).audio, options);
}

/** A clip that was made from another one: what is not said stays as it was. */
export function derivedFacts(from: Clip, audio: AudioBuffer, changed: Partial<ClipFacts>): ClipFacts {
  const { hash: _hash, path: _path, verdict: _verdict, createdAtMs: _createdAtMs, decidedAtMs: _decidedAtMs, ...facts } = from;
  return {
    ...facts,
    sampleRate: audio.sampleRate,
    channels: audio.channels,
    frames: audio.samples.length / audio.channels,
    ...changed,
  };
}

/** Cut so that the library takes it. */
export const clipName = (name: string): string => name.trim().slice(0, 200) || 'clip';

/** A level of silence is −∞ dB, which neither JSON nor a clip's file can hold. */
export const finiteOrNull = (level: number | null): number | null => (level !== null && Number.isFinite(level) ? level : null);

const BYTES_PER_FRAME = 8;

/**
 * What offline work on audio needs, at the length that clips of the step usually have: the file, its samples and working copies. `share`: seconds of
 * one thread for each second of audio. Measured with both cores busy, for each second: analysis 9 to 22 ms, fitting 17 to 19, rearranging 2 to 4,
 * encoding 7 to 8, decoding 2.
 */
export function costOfAudio(seconds: number, share = 0.03, copies = 4): CostEstimate {
  return {
    threads: 1,
    memoryBytes: Math.ceil(seconds * 48_000) * BYTES_PER_FRAME * copies + 16 * 1024 * 1024,
    seconds: 0.05 + seconds * share,
  };
}

/** The most that one part of a clip has: models take at most a minute at once (CLAP; wav2vec2 30 s). */
const LONGEST_PART_SECONDS = 60;

/** What work needs that reads a clip a part at a time: the memory is that of a part, however long the clip is. `seconds`, `share`: as in `costOfAudio`. */
export function costOfParts(seconds: number, share?: number): CostEstimate {
  return { ...costOfAudio(seconds, share), memoryBytes: costOfAudio(LONGEST_PART_SECONDS).memoryBytes };
}

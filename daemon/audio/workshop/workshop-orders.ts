// From what callers ask to what native/dsp takes. Everything is bounded here, with a message that says what was expected; native/dsp
// checks again, because it must not trust its caller with memory.
import { GrymError } from '../../kernel/index.js';
import type { AudioBuffer, FilePart, FitPlan, VariationPlan } from './types.js';
import type { FitOrder, ResampleOrder, SamplesOrder, VaryOrder } from './workshop-messages.js';

export const MAXIMUM_SAMPLES = 2 ** 29;
export const MINIMUM_SAMPLE_RATE = 4_000;
export const MAXIMUM_SAMPLE_RATE = 768_000;
const MAXIMUM_CUTS = 16_384;
const MAXIMUM_TAGS = 32;
const MAXIMUM_TAG_CHARACTERS = 2_000;
const DEFAULT_CEILING_DBTP = -1;

const refused = (reason: string): GrymError => new GrymError('GRYM_WORKSHOP_REFUSED', { reason });

function within(value: number, low: number, high: number, what: string): number {
  if (value >= low && value <= high) return value;
  throw refused(`${what} must lie in ${low} to ${high}, got ${value}`);
}

/** A view of a part is cut out: posting it would copy everything that lies around it. */
function compact(samples: Float32Array): Float32Array {
  return samples.byteLength === samples.buffer.byteLength || samples.buffer instanceof SharedArrayBuffer ? samples : samples.slice();
}

export function boundedSamples({ samples, sampleRate, channels }: AudioBuffer): SamplesOrder {
  within(sampleRate, MINIMUM_SAMPLE_RATE, MAXIMUM_SAMPLE_RATE, 'the sample rate');
  if (channels !== 1 && channels !== 2) throw refused(`expected one or two channels, got ${channels}`);
  if (samples.length === 0) throw refused('there are no samples');
  if (samples.length > MAXIMUM_SAMPLES) throw refused(`expected at most 2 GiB of samples, got ${samples.length * 4} bytes`);
  if (samples.length % channels !== 0) throw refused(`${samples.length} samples are no whole number of frames of ${channels} channels`);
  return { samples: compact(samples), sampleRate, channels };
}

function tempoRatio({ sourceTempoBpm, targetTempoBpm }: FitPlan): number {
  if (targetTempoBpm === undefined) return 1;
  if (sourceTempoBpm === undefined) throw refused('a target tempo needs the tempo of the source');
  within(sourceTempoBpm, 20, 400, "the source's tempo in BPM");
  within(targetTempoBpm, 20, 400, 'the target tempo in BPM');
  return within(targetTempoBpm / sourceTempoBpm, 0.25, 4, 'the target tempo as a multiple of the source');
}

function targetLength(frames: number, channels: number): number {
  if (!Number.isInteger(frames)) throw refused(`the target length must be a whole number of frames, got ${frames}`);
  return within(frames, 1, MAXIMUM_SAMPLES / channels, 'the target length in frames');
}

export function fitOrder(audio: AudioBuffer, plan: FitPlan): FitOrder {
  return {
    ...boundedSamples(audio),
    tempoRatio: tempoRatio(plan),
    semitones: within(plan.semitones ?? 0, -12, 12, 'the pitch shift in semitones'),
    targetFrames: plan.targetFrames === undefined ? 0 : targetLength(plan.targetFrames, audio.channels),
    targetLoudnessLufs: plan.targetLoudnessLufs === undefined ? null : within(plan.targetLoudnessLufs, -60, 0, 'the loudness in LUFS'),
    ceilingDbtp: within(plan.ceilingDbtp ?? DEFAULT_CEILING_DBTP, -60, 0, 'the ceiling in dBTP'),
    seamlessLoop: plan.seamlessLoop ?? false,
  };
}

export function variationOrder(audio: AudioBuffer, plan: VariationPlan): VaryOrder {
  const order = boundedSamples(audio);
  const frames = order.samples.length / order.channels;
  if (plan.cutSeconds.length > MAXIMUM_CUTS) throw refused(`expected at most ${MAXIMUM_CUTS} cuts, got ${plan.cutSeconds.length}`);
  if (!Number.isSafeInteger(plan.seed)) throw refused(`the seed must be a whole number, got ${plan.seed}`);
  const cuts = plan.cutSeconds.map((seconds) => Math.round(seconds * order.sampleRate)).filter((frame) => frame > 0 && frame < frames);
  return {
    ...order,
    seed: plan.seed,
    strength: within(plan.strength, 0, 1, 'the strength'),
    cuts: Float64Array.from([...new Set(cuts)].sort((a, b) => a - b)),
    targetFrames: targetLength(plan.targetFrames, audio.channels),
    kind: plan.kind,
  };
}

export function resampleOrder(audio: AudioBuffer, targetRate: number): ResampleOrder {
  const order = boundedSamples(audio);
  within(targetRate, MINIMUM_SAMPLE_RATE, MAXIMUM_SAMPLE_RATE, 'the target rate');
  const length = Math.ceil((order.samples.length * targetRate) / order.sampleRate);
  if (length > MAXIMUM_SAMPLES) throw refused(`the result would have more than 2 GiB of samples: ${length * 4} bytes`);
  return { ...order, targetRate };
}

/** Frames that one part of a file may have, however many channels there are. */
const MAXIMUM_PART_FRAMES = MAXIMUM_SAMPLES / 2;

export function filePart({ startFrame, frames }: FilePart): FilePart {
  if (!Number.isSafeInteger(startFrame) || startFrame < 0) throw refused(`a part begins at a whole frame from 0 on, got ${startFrame}`);
  if (!Number.isInteger(frames)) throw refused(`the length of a part must be a whole number of frames, got ${frames}`);
  return { startFrame, frames: within(frames, 1, MAXIMUM_PART_FRAMES, 'the length of a part in frames') };
}

/** Control characters would end a text early, or a line in a terminal. */
export function checkedTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(tags);
  if (entries.length > MAXIMUM_TAGS) throw refused(`expected at most ${MAXIMUM_TAGS} tags, got ${entries.length}`);
  return Object.fromEntries(
    entries.map(([name, text]) => {
      if (!/^[A-Za-z][A-Za-z0-9_-]{0,39}$/.test(name)) throw refused(`"${name}" is no name of a tag`);
      // eslint-disable-next-line no-control-regex
      return [name, text.slice(0, MAXIMUM_TAG_CHARACTERS).replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ')];
    }),
  );
}

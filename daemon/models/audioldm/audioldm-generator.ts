// The daemon's side: it asks a model host and computes no sample itself. Nothing here loads an inference engine.
import type { AudioBuffer, WorkshopOptions } from '../../audio/index.js';
import { GrymError, type JsonObject } from '../../kernel/index.js';
import type { FromAudioRequest, GeneratedAudio, GenerateOptions, GenerateRequest, Generator, InpaintRequest } from '../generator.js';
import type { HostedModel, ModelHosts } from '../hosts/model-hosts.js';
import type { Tensors } from '../hosts/tensor.js';
import { parsePrompt, type PromptReading } from '../prompt/index.js';
import { explainAudioLdm } from './audioldm-explanation.js';
import { wordsForModel } from './model-words.js';
import { audioResultSchema, type AudioResult } from './tasks.js';

export interface AudioLdmGeneratorParts {
  readonly hosts: Pick<ModelHosts, 'call'>;
  readonly model: HostedModel;
  /** Of the installed model's files. */
  readonly version: string;
  /** As it was accepted; stands in each explanation. */
  readonly licence: string;
  /** Loudness and true peak; null where there is nothing to measure. `AudioWorkshop.analyse` is one. */
  readonly measure: (
    audio: AudioBuffer,
    options: WorkshopOptions,
  ) => Promise<{ readonly loudnessLufs: number | null; readonly peakDbtp: number | null }>;
  /** Longest that is computed at once; default 30 s. */
  readonly maximumSeconds?: number;
  /** After which a host that computes is taken for hung; default: a minute, and for each second of audio 4 s a step. */
  readonly deadlineMs?: (seconds: number, steps: number) => number;
}

/** Raised whenever this code may make other samples of the same request: part of the cache's keys. */
const CODE_VERSION = 1;
const DEFAULT_MAXIMUM_SECONDS = 30;
const DEFAULT_STEPS = 10;
const DEFAULT_GUIDANCE_SCALE = 2.5;
const CONTEXT_SECONDS = 5;
const CALL_SHARE = 0.95;

/** The music of the clip and its exact length. */
interface Music {
  readonly reading: PromptReading;
  readonly bars: number;
  readonly quarterNotes: number;
  readonly frames: number;
}

const framesOf = (quarterNotes: number, tempoBpm: number, sampleRate: number): number =>
  Math.max(1, Math.round(((quarterNotes * 60) / tempoBpm) * sampleRate));

/** `seconds`: of what it is made of, which gives the length where no bars are asked for. */
function musicOf(request: GenerateRequest, seconds: number | null): Music {
  const reading = parsePrompt(request);
  const { metre, tempoBpm } = reading;
  const quartersPerBar = (4 * metre.numerator) / metre.denominator;
  if (seconds === null || request.bars !== undefined) {
    const quarterNotes = reading.bars * quartersPerBar;
    return { reading, bars: reading.bars, quarterNotes, frames: framesOf(quarterNotes, tempoBpm, request.sampleRate) };
  }
  const quarterNotes = (seconds * tempoBpm) / 60;
  return { reading, bars: quarterNotes / quartersPerBar, quarterNotes, frames: Math.max(1, Math.round(seconds * request.sampleRate)) };
}

const secondsOf = ({ samples, channels, sampleRate }: AudioBuffer): number => samples.length / channels / sampleRate;

const tensorsOf = ({ samples, channels }: AudioBuffer): Tensors => ({
  source: { type: 'float32', shape: [samples.length / channels, channels], data: samples },
});

interface Order {
  readonly task: 'generate' | 'from-audio' | 'inpaint';
  readonly what: string;
  /** That the model computes. */
  readonly seconds: number;
  readonly params: JsonObject;
  readonly tensors: Tensors;
  /** Sentences on what was made of what. */
  readonly about: readonly string[];
}

class AudioLdmCalls {
  constructor(private readonly parts: AudioLdmGeneratorParts) {}

  async perform(request: GenerateRequest, music: Music, order: Order, options: GenerateOptions): Promise<GeneratedAudio> {
    const { model, hosts, measure, version } = this.parts;
    const maximum = this.parts.maximumSeconds ?? DEFAULT_MAXIMUM_SECONDS;
    if (order.seconds > maximum) {
      const reason = `it computes at most ${maximum} s at once, and ${order.seconds.toFixed(1)} s would be needed`;
      throw new GrymError('GRYM_MODEL_TASK_INVALID', { model: model.modelId, reason });
    }
    const words = wordsForModel(request);
    const chosen = {
      steps: request.steps ?? DEFAULT_STEPS,
      guidanceScale: request.guidanceScale ?? DEFAULT_GUIDANCE_SCALE,
      eta: request.eta ?? 0,
    };
    const { sampleRate, seed, negativePrompt } = request;
    const reply = await hosts.call(model, {
      ...{ task: order.task, what: order.what, tensors: order.tensors, signal: options.signal },
      params: {
        ...{ prompt: words.text, negativePrompt: negativePrompt ?? '', seed, ...chosen },
        ...{ output: { sampleRate, frames: music.frames }, ...order.params },
      },
      deadlineMs: Math.round(this.deadlineMs(order.seconds, chosen.steps)),
      onProgress: (fraction, stage) => options.onProgress(CALL_SHARE * fraction, stage),
    });
    const samples = this.samplesOf(reply.tensors, music.frames);
    const result = this.resultOf(reply.result);
    const measured = await measure({ samples, sampleRate, channels: 2 }, { signal: options.signal });
    options.onProgress(1, 'measured');
    const facts = { ...factsOf(request, music, words.key), seed, sampleRate, samples };
    return {
      ...facts,
      ...{ loudnessLufs: measured.loudnessLufs, peakDbtp: measured.peakDbtp ?? -Infinity },
      ...{ provider: model.provider, providerVersion: versionOf(version) },
      explanation: explainAudioLdm({
        ...{ modelId: model.modelId, licence: this.parts.licence, words, chosen, result, seed, retries: reply.retries },
        ...{ about: order.about, notes: music.reading.notes, negativePrompt: negativePrompt ?? '' },
        ...{ bars: music.bars, seconds: music.frames / sampleRate, isSilent: measured.loudnessLufs === null },
      }),
    };
  }

  private deadlineMs(seconds: number, steps: number): number {
    return this.parts.deadlineMs?.(seconds, steps) ?? 60_000 + 4_000 * Math.max(1, seconds) * steps;
  }

  private fault(reason: string, cause?: unknown): GrymError {
    return new GrymError('GRYM_MODEL_FAULT', { model: this.parts.model.modelId, reason }, { cause });
  }

  private resultOf(value: unknown): AudioResult {
    const parsed = audioResultSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw this.fault('its answer was not as expected', parsed.error);
  }

  private samplesOf({ audio }: Tensors, frames: number): Float32Array {
    if (audio?.type === 'float32' && audio.data.length === frames * 2) return audio.data;
    throw this.fault('its answer held no audio of the length that was asked for');
  }
}

const versionOf = (files: string): string => `${CODE_VERSION}/${files}`.slice(0, 100);

function factsOf(request: GenerateRequest, { reading, bars, quarterNotes, frames }: Music, key: string | null) {
  const { tempoBpm, metre, loop } = reading;
  const isNamed = reading.statements.some(({ also }) => also === `instrument ${reading.instrument}`);
  const name = request.prompt.trim().replaceAll(/\s+/g, ' ').slice(0, 80);
  return {
    ...{ channels: 2 as const, frames, tempoBpm, metre, bars, quarterNotes, key, loop, name },
    instrument: isNamed ? reading.instrument : 'sound',
  };
}

/**
 * The role "generator" by AudioLDM in a model host. Lengths are exact: bars at the tempo, or that of the source where no bars are given. The model
 * makes 16 kHz mono, which is converted; it knows no tempo, no key and no loop, and the explanation says so.
 * Throws GRYM_PROMPT_*, GRYM_MODEL_*, GRYM_CANCELLED, GRYM_DEADLINE_EXCEEDED and what the hosts throw.
 */
export function createAudioLdmGenerator(parts: AudioLdmGeneratorParts): Generator {
  const calls = new AudioLdmCalls(parts);
  return {
    provider: parts.model.provider,
    version: versionOf(parts.version),
    generate(request, options) {
      const music = musicOf(request, null);
      const seconds = music.frames / request.sampleRate;
      // A little more than the frames at the other rate, so that no rounding leaves the end silent.
      const params = { seconds: seconds + 0.001 };
      return calls.perform(request, music, { task: 'generate', what: 'generating', seconds, params, tensors: {}, about: [] }, options);
    },
    fromAudio(request: FromAudioRequest, options) {
      const music = musicOf(request, secondsOf(request.source));
      const seconds = music.frames / request.sampleRate;
      const { strength, source } = request;
      return calls.perform(
        request,
        music,
        {
          ...{ task: 'from-audio', what: 'making audio from audio', seconds, tensors: tensorsOf(source) },
          params: { sourceRate: source.sampleRate, strength, seconds: seconds + 0.001 },
          about: [`Made from audio: noise worth ${Math.round(strength * 100)} % of the steps was laid over it and taken off again.`],
        },
        options,
      );
    },
    inpaint(request: InpaintRequest, options) {
      const { source, fromSeconds, toSeconds } = request;
      const total = secondsOf(source);
      const music = musicOf(request, Math.max(total, toSeconds));
      const from = Math.min(fromSeconds, total);
      const seconds = toSeconds - from + Math.min(CONTEXT_SECONDS, from) + Math.min(CONTEXT_SECONDS, Math.max(0, total - toSeconds));
      return calls.perform(
        request,
        music,
        {
          ...{ task: 'inpaint', what: 'making a part anew', seconds, tensors: tensorsOf(source) },
          params: { sourceRate: source.sampleRate, fromSeconds, toSeconds, contextSeconds: CONTEXT_SECONDS },
          about: [
            `Made anew from ${from.toFixed(2)} s to ${toSeconds.toFixed(2)} s${toSeconds > total ? ', beyond the end of what was there' : ''}; the rest is the original.`,
          ],
        },
        options,
      );
    },
    dispose: async () => undefined,
  };
}

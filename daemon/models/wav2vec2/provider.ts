// The daemon's side: it asks a model host, piece by piece, and joins what comes. Nothing here loads an inference engine.
import type { z } from 'zod';
import type { AudioSource, WorkshopOptions } from '../../audio/index.js';
import { GrymError, type JsonObject } from '../../kernel/index.js';
import type { Embedder } from '../embed.js';
import type { HostedModel, ModelHosts, ModelReply } from '../hosts/model-hosts.js';
import { SILENT_PEAK } from '../signal/silence.js';
import { similarityOfDirections, unitVector } from '../signal/vectors.js';
import type { Transcriber } from '../transcribe.js';
import { joinedRuns, transcriptionOf } from './ctc.js';
import { featuresReplySchema, levelReplySchema, transcribeReplySchema, type Wav2Vec2Task } from './piece.js';
import { piecesOf, type AudioPiece } from './pieces.js';

export interface Wav2Vec2Parts {
  readonly hosts: Pick<ModelHosts, 'call'>;
  readonly model: HostedModel;
  /** Of the installed model's files. */
  readonly version: string;
}

/** Raised whenever the same audio may give another result by this code: part of the cache's keys. */
const CODE_VERSION = 1;
const DEADLINE_MS = 60_000;
/** The large model on one busy core was estimated at four times the audio's length. */
const DEADLINE_PER_SECOND_MS = 8_000;

interface Level {
  readonly mean: number;
  readonly variance: number;
}

class Wav2Vec2Calls {
  constructor(private readonly parts: Wav2Vec2Parts) {}

  get modelId(): string {
    return this.parts.model.modelId;
  }

  /** Throws GRYM_MODEL_FAULT where the answer is not of that form. */
  read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new GrymError('GRYM_MODEL_FAULT', { model: this.modelId, reason: 'its answer was not as expected' }, { cause: parsed.error });
  }

  async each(
    task: Wav2Vec2Task,
    what: string,
    source: AudioSource,
    options: WorkshopOptions,
  ): Promise<{ piece: AudioPiece; reply: ModelReply }[]> {
    const pieces = piecesOf(source);
    const isOne = pieces.length === 1;
    const share = isOne ? 1 : 0.8;
    const level = isOne ? null : await this.levelOf(source, pieces, { ...options, onProgress: scaled(options, 0, 0.2) });
    return this.all(task, what, source, pieces, level, { ...options, onProgress: scaled(options, 1 - share, share) });
  }

  /** Of the whole, by the sums of its pieces (Chan, Golub, LeVeque 1979). */
  private async levelOf(source: AudioSource, pieces: readonly AudioPiece[], options: WorkshopOptions): Promise<Level> {
    const replies = await this.all('level', 'measuring the audio', source, pieces, null, options);
    let [count, mean, squares] = [0, 0, 0];
    for (const { reply } of replies) {
      const part = this.read(levelReplySchema, reply.result);
      const all = count + part.samples;
      if (all === 0) continue;
      const distance = part.mean - mean;
      mean += (distance * part.samples) / all;
      squares += part.variance * part.samples + (distance ** 2 * count * part.samples) / all;
      count = all;
    }
    return { mean, variance: count === 0 ? 0 : squares / count };
  }

  private async all(
    task: Wav2Vec2Task,
    what: string,
    source: AudioSource,
    pieces: readonly AudioPiece[],
    level: Level | null,
    options: WorkshopOptions,
  ): Promise<{ piece: AudioPiece; reply: ModelReply }[]> {
    const replies: { piece: AudioPiece; reply: ModelReply }[] = [];
    for (const piece of pieces) {
      replies.push({ piece, reply: await this.one(task, what, source, piece, level, options.signal) });
      options.onProgress?.(replies.length / pieces.length);
    }
    return replies;
  }

  /** A function of its own, so that nothing holds the piece's samples once it is answered. */
  private async one(
    task: Wav2Vec2Task,
    what: string,
    source: AudioSource,
    { startFrame, frames, skipSeconds, keepSeconds }: AudioPiece,
    level: Level | null,
    signal: AbortSignal,
  ): Promise<ModelReply> {
    const { sampleRate, channels } = source;
    const data = await source.read(startFrame, frames, { signal });
    const params: JsonObject = { sampleRate, skipSeconds, keepSeconds, level: level === null ? null : { ...level } };
    return this.parts.hosts.call(this.parts.model, {
      ...{ task, params, what, signal },
      tensors: { audio: { type: 'float32', shape: [frames, channels], data } },
      deadlineMs: Math.round(DEADLINE_MS + (frames / sampleRate) * DEADLINE_PER_SECOND_MS),
    });
  }
}

function scaled({ onProgress }: WorkshopOptions, from: number, share: number): (fraction: number) => void {
  return (fraction) => onProgress?.(from + share * fraction);
}

/**
 * The role "embedder" by wav2vec2's last hidden state, averaged over all frames, with the length 1. It is trained on speech and hears music poorly: its
 * space is its own. Null for audio that is silent (below −80 dBFS) or shorter than one frame (25 ms).
 */
export function createWav2Vec2Embedder(parts: Wav2Vec2Parts): Embedder {
  const calls = new Wav2Vec2Calls(parts);
  const space = `wav2vec2/${parts.model.modelId}/${parts.version}`;
  return {
    ...{ provider: parts.model.provider, version: `${CODE_VERSION}/${parts.version}`, space, similarity: similarityOfDirections },
    async embed(source, options) {
      const replies = await calls.each('features', 'listening to the audio', source, options);
      let [frames, peak] = [0, 0];
      let total: Float64Array | null = null;
      for (const { reply } of replies) {
        const part = calls.read(featuresReplySchema, reply.result);
        frames += part.frames;
        peak = Math.max(peak, part.peak);
        const sum = reply.tensors['sum'];
        if (sum?.type !== 'float64')
          throw new GrymError('GRYM_MODEL_FAULT', { model: calls.modelId, reason: 'its answer held no features' });
        const before: Float64Array | null = total;
        total = sum.data.map((value, index) => value + (before?.[index] ?? 0));
      }
      return frames === 0 || peak < SILENT_PEAK || total === null ? null : { space, vector: [...unitVector(total)] };
    },
  };
}

/** The role "transcriber" by wav2vec2 with CTC: the likeliest letters, with times; no language model corrects them. */
export function createWav2Vec2Transcriber(parts: Wav2Vec2Parts): Transcriber {
  const calls = new Wav2Vec2Calls(parts);
  return {
    ...{ provider: parts.model.provider, version: `${CODE_VERSION}/${parts.version}` },
    async transcribe(source, options) {
      const replies = await calls.each('transcribe', 'writing down what is said', source, options);
      let frameSeconds = 0;
      const pieces = replies.map(({ piece, reply }) => {
        const part = calls.read(transcribeReplySchema, reply.result);
        frameSeconds = part.frameSeconds;
        return part.runs.map((run) => ({
          ...run,
          startSeconds: run.startSeconds + piece.startSeconds,
          endSeconds: run.endSeconds + piece.startSeconds,
        }));
      });
      return transcriptionOf(joinedRuns(pieces, frameSeconds), source.frames / source.sampleRate);
    },
  };
}

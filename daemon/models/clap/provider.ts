// The daemon's side: it asks a model host and joins what comes. Nothing here loads an inference engine.
import type { z } from 'zod';
import type { AudioSource, WorkshopOptions } from '../../audio/index.js';
import { GrymError, type JsonObject } from '../../kernel/index.js';
import type { Embedder } from '../embed.js';
import type { HostedModel, ModelHosts, ModelReply } from '../hosts/model-hosts.js';
import type { Tensors } from '../hosts/tensor.js';
import { similarityOfDirections, unitVector } from '../signal/vectors.js';
import { embedAudioReplySchema, embedTextReplySchema, MAXIMUM_PART_SECONDS, type ClapTask } from './tasks.js';

export interface ClapParts {
  readonly hosts: Pick<ModelHosts, 'call'>;
  readonly model: HostedModel;
  /** Of the installed model's files. */
  readonly version: string;
  /** Hears, in a sentence, that a text was longer than the model takes and was cut. */
  readonly onNotice?: ((sentence: string) => void) | undefined;
}

/** Raised whenever the same audio may give another result by this code: part of the cache's keys. */
const CODE_VERSION = 1;
const DEADLINE_MS = 60_000;
/** A window of 10 s was estimated at 20 s for the largest model on one busy core. */
const DEADLINE_PER_SECOND_MS = 4_000;

interface Part {
  readonly startFrame: number;
  readonly frames: number;
}

/** As few as are needed so that none is longer than a task takes, all of about the same length. */
function partsOf({ frames, sampleRate }: AudioSource): Part[] {
  const count = Math.max(1, Math.ceil(frames / Math.floor(MAXIMUM_PART_SECONDS * sampleRate)));
  const edge = (index: number): number => Math.round((index * frames) / count);
  return Array.from({ length: count }, (_, index) => ({
    startFrame: edge(index),
    frames: edge(index + 1) - edge(index),
  }));
}

class ClapCalls {
  constructor(private readonly parts: ClapParts) {}

  fault(reason: string, cause?: unknown): GrymError {
    return new GrymError('GRYM_MODEL_FAULT', { model: this.parts.model.modelId, reason }, { cause });
  }

  read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw this.fault('its answer was not as expected', parsed.error);
  }

  notice(sentences: readonly string[]): void {
    for (const sentence of sentences) this.parts.onNotice?.(sentence);
  }

  call(
    task: ClapTask,
    params: JsonObject,
    tensors: Tensors,
    { what, seconds, signal, onProgress }: WorkshopOptions & { readonly what: string; readonly seconds: number },
  ): Promise<ModelReply> {
    const deadlineMs = Math.round(DEADLINE_MS + seconds * DEADLINE_PER_SECOND_MS);
    return this.parts.hosts.call(this.parts.model, {
      ...{ task, params, tensors, what, deadlineMs, signal },
      onProgress: (fraction) => onProgress?.(fraction),
    });
  }

  /** One part at a time is held, and let go of before the next. */
  private async partReply(source: AudioSource, { startFrame, frames }: Part, options: WorkshopOptions): Promise<ModelReply> {
    const { sampleRate, channels } = source;
    const data = await source.read(startFrame, frames, { signal: options.signal });
    const tensors: Tensors = { audio: { type: 'float32', shape: [frames, channels], data } };
    const what = 'listening to the audio';
    return this.call('embed-audio', { sampleRate }, tensors, { ...options, what, seconds: frames / sampleRate });
  }

  async audioVector(source: AudioSource, options: WorkshopOptions): Promise<number[] | null> {
    const parts = partsOf(source);
    let total: Float64Array | null = null;
    for (const [index, part] of parts.entries()) {
      const reply = await this.partReply(source, part, {
        signal: options.signal,
        onProgress: (fraction) => options.onProgress?.((index + fraction) / parts.length),
      });
      if (this.read(embedAudioReplySchema, reply.result).windows === 0) continue;
      const { sum } = reply.tensors;
      if (sum?.type !== 'float64') throw this.fault('its answer held no embedding');
      const before: Float64Array | null = total;
      total = sum.data.map((value, at) => value + (before?.[at] ?? 0));
    }
    return total === null ? null : [...unitVector(total)];
  }
}

/**
 * The role "embedder" by CLAP: audio and words in one space. Audio beyond 10 s: the mean direction of windows of 10 s that cover it evenly (beyond
 * a minute: of each of equal parts of at most a minute). Null for audio that is silent (below −80 dBFS). Similarity: (1 + cosine) ÷ 2.
 */
export function createClapEmbedder(parts: ClapParts): Embedder {
  const calls = new ClapCalls(parts);
  const space = `clap/${parts.model.modelId}/${parts.version}`;
  return {
    ...{ provider: parts.model.provider, version: `${CODE_VERSION}/${parts.version}`, space, similarity: similarityOfDirections },
    async embed(source, options) {
      const vector = await calls.audioVector(source, options);
      return vector === null ? null : { space, vector };
    },
    async embedText(text, options) {
      const reply = await calls.call('embed-text', { texts: [text] }, {}, { ...options, what: 'reading the words', seconds: 0 });
      calls.notice(calls.read(embedTextReplySchema, reply.result).notices);
      const { embeddings } = reply.tensors;
      if (embeddings?.type !== 'float32') throw calls.fault('its answer held no embedding');
      return { space, vector: [...unitVector(embeddings.data)] };
    },
  };
}

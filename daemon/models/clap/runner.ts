// Loads onnxruntime, the tokenizers and the native resampler: only model hosts import this file.
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { GrymError, throwIfCancelled, type JsonObject } from '../../kernel/index.js';
import { openGraph } from '../graphs/graph-opener.js';
import type { OpenGraphSession } from '../graphs/graph-session.js';
import type { ModelRunner, RunnerIo, RunnerModule, RunnerReply, RunnerSettings } from '../hosts/model-runner.js';
import type { Tensor, Tensors } from '../hosts/tensor.js';
import { monoAudio, peakOf } from '../signal/audio-input.js';
import { SILENT_PEAK } from '../signal/silence.js';
import { unitVector } from '../signal/vectors.js';
import { paddedWindow, windowStarts } from './features.js';
import { ClapModel } from './model.js';
import { CLAP_TASKS, embedAudioSchema, embedTextSchema, MAXIMUM_PART_SECONDS } from './tasks.js';

/** Sum of the directions of all windows that are not silent. */
interface HeardAudio {
  readonly sum: Float64Array;
  readonly windows: number;
}

class ClapRunner implements ModelRunner {
  private readonly name: string;

  constructor(private readonly model: ClapModel) {
    this.name = basename(model.folder.path);
  }

  async run(task: string, params: JsonObject, tensors: Tensors, io: RunnerIo): Promise<RunnerReply> {
    if (task === 'probe') return { result: { works: await this.probe(io) }, tensors: {} };
    const known = CLAP_TASKS.find((name) => name === task);
    switch (known) {
      case 'embed-text':
        return this.embedText(this.checked(embedTextSchema, params).texts, io.signal);
      case 'embed-audio':
        return this.embedAudio(tensors['audio'], this.checked(embedAudioSchema, params).sampleRate, io);
      case undefined:
        throw this.refused(`it knows no task "${task}"`);
    }
  }

  dispose(): Promise<void> {
    return this.model.release();
  }

  private refused(reason: string): GrymError {
    return new GrymError('GRYM_MODEL_TASK_INVALID', { model: this.name, reason });
  }

  private checked<Schema extends z.ZodType>(schema: Schema, params: JsonObject): z.output<Schema> {
    const parsed = schema.safeParse(params);
    if (parsed.success) return parsed.data;
    throw this.refused(z.prettifyError(parsed.error).replaceAll('\n', ' '));
  }

  /** Directions of the texts, and what was cut off. */
  private async directionsOf(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly directions: Float64Array[]; readonly notices: string[] }> {
    const tokens = texts.map((text) => this.model.tokens(text));
    const { dimensions, maximumTokens } = this.model.folder;
    const values = await this.model.embedTokens(this.model.batch(tokens), signal);
    const notices = tokens.flatMap(({ count }, index) =>
      count <= maximumTokens
        ? []
        : [
            `The text "${(texts[index] ?? '').slice(0, 40)}…" has ${count} tokens, and the model takes ${maximumTokens}: its end was not heard.`,
          ],
    );
    return { directions: texts.map((_, row) => unitVector(values.subarray(row * dimensions, (row + 1) * dimensions))), notices };
  }

  private async embedText(texts: readonly string[], signal: AbortSignal): Promise<RunnerReply> {
    const { directions, notices } = await this.directionsOf(texts, signal);
    const data = Float32Array.from(directions.flatMap((direction) => [...direction]));
    return { result: { notices }, tensors: { embeddings: { type: 'float32', shape: [texts.length, this.model.folder.dimensions], data } } };
  }

  /** Audio longer than a window: as few windows as cover it, evenly placed, each with the same weight; those that are silent have none. */
  private async hear(
    audio: Tensor | undefined,
    sampleRate: number,
    io: RunnerIo,
    onWindow: (fraction: number) => void,
  ): Promise<HeardAudio> {
    const { features, dimensions } = this.model.folder;
    const samples = await monoAudio(audio, {
      ...{ sampleRate, modelRate: features.sampleRate, model: this.name, maximumSeconds: MAXIMUM_PART_SECONDS, signal: io.signal },
    });
    const sum = new Float64Array(dimensions);
    let windows = 0;
    const starts = windowStarts(samples.length, features.windowSamples);
    for (const [index, start] of starts.entries()) {
      const window = samples.subarray(start, start + features.windowSamples);
      if (window.length > 0 && peakOf(window) >= SILENT_PEAK) {
        throwIfCancelled(io.signal, 'listening');
        const mel = this.model.features.compute(paddedWindow(window, features));
        await setImmediate();
        throwIfCancelled(io.signal, 'listening');
        const direction = unitVector(await this.model.embedFeatures(mel, 1, io.signal));
        for (const [at, value] of direction.entries()) sum[at] = (sum[at] ?? 0) + value;
        windows += 1;
      }
      await setImmediate();
      onWindow((index + 1) / starts.length);
    }
    return { sum, windows };
  }

  private async embedAudio(audio: Tensor | undefined, sampleRate: number, io: RunnerIo): Promise<RunnerReply> {
    const { sum, windows } = await this.hear(audio, sampleRate, io, (fraction) => io.progress(fraction, 'listening'));
    const shape = [sum.length];
    return {
      result: { windows },
      tensors: {
        sum: { type: 'float64', shape, data: sum },
        embedding: { type: 'float32', shape, data: Float32Array.from(unitVector(sum)) },
      },
    };
  }

  private async probe(io: RunnerIo): Promise<string[]> {
    const { sampleRate } = this.model.folder.features;
    const data = Float32Array.from({ length: sampleRate }, (_, index) => 0.3 * Math.sin((2 * Math.PI * 220 * index) / sampleRate));
    const words = await this.embedText(['a low tone'], io.signal);
    const sound = await this.embedAudio({ type: 'float32', shape: [sampleRate], data }, sampleRate, io);
    return [
      `Words become a vector of ${words.tensors['embeddings']?.shape[1] ?? 0} values.`,
      `A second of sound becomes a vector of ${sound.tensors['embedding']?.shape[0] ?? 0} values.`,
    ];
  }
}

/** With graphs of the caller's own; tests of the runner's rules need no real ones. */
export async function loadClap(settings: RunnerSettings, open: OpenGraphSession): Promise<ModelRunner> {
  return new ClapRunner(await ClapModel.open(settings, open));
}

export const runner: RunnerModule = { load: (settings) => loadClap(settings, openGraph) };

// Loads onnxruntime and the native resampler: only model hosts import this file.
import { basename } from 'node:path';
import { z } from 'zod';
import { GrymError, throwIfCancelled, type JsonObject } from '../../kernel/index.js';
import { openGraph } from '../graphs/graph-opener.js';
import type { OpenGraphSession } from '../graphs/graph-session.js';
import type { ModelRunner, RunnerIo, RunnerModule, RunnerReply, RunnerSettings } from '../hosts/model-runner.js';
import type { Tensors } from '../hosts/tensor.js';
import { monoAudio, peakOf } from '../signal/audio-input.js';
import { SILENT_PEAK } from '../signal/silence.js';
import { unitVector } from '../signal/vectors.js';
import { likeliestClasses, runsOf, transcriptionOf } from './ctc.js';
import { levelOf, normalised, Wav2Vec2Model, type Wav2Vec2Output } from './model.js';
import { MAXIMUM_PIECE_SECONDS, pieceSchema, WAV2VEC2_TASKS, type PieceParameters } from './piece.js';

// Taken out of the global object once: it is looked at for every value.
const { isFinite } = Number;

/** A piece of audio at the model's rate, and the part of it that is told of. */
interface Piece {
  readonly samples: Float32Array;
  /** In samples. The rest is there so that the model knows what comes before and after. */
  readonly from: number;
  readonly to: number;
  readonly parameters: PieceParameters;
}

class Wav2Vec2Runner implements ModelRunner {
  private readonly name: string;

  constructor(private readonly model: Wav2Vec2Model) {
    this.name = basename(model.folder.path);
  }

  async run(task: string, params: JsonObject, tensors: Tensors, io: RunnerIo): Promise<RunnerReply> {
    if (task === 'probe') return { result: { works: await this.probe(io) }, tensors: {} };
    const known = WAV2VEC2_TASKS.find((name) => name === task);
    if (known === undefined) throw this.refused(`it knows no task "${task}"`);
    const piece = await this.piece(params, tensors, io.signal);
    switch (known) {
      case 'level':
        return this.level(piece);
      case 'features':
        return this.features(piece, io);
      case 'transcribe':
        return this.transcribe(piece, io);
    }
  }

  dispose(): Promise<void> {
    return this.model.release();
  }

  private refused(reason: string): GrymError {
    return new GrymError('GRYM_MODEL_TASK_INVALID', { model: this.name, reason });
  }

  private async piece(params: JsonObject, tensors: Tensors, signal: AbortSignal): Promise<Piece> {
    const parsed = pieceSchema.safeParse(params);
    if (!parsed.success) throw this.refused(z.prettifyError(parsed.error).replaceAll('\n', ' '));
    const { sampleRate, skipSeconds, keepSeconds } = parsed.data;
    const { sampleRate: modelRate } = this.model.folder;
    const samples = await monoAudio(tensors['audio'], {
      sampleRate,
      modelRate,
      model: this.name,
      maximumSeconds: MAXIMUM_PIECE_SECONDS,
      signal,
    });
    const from = Math.min(samples.length, Math.round(skipSeconds * modelRate));
    const to = keepSeconds === null ? samples.length : Math.min(samples.length, from + Math.round(keepSeconds * modelRate));
    return { samples, from, to, parameters: parsed.data };
  }

  /** What the whole input is normalised by, piece by piece: the sums of its samples and of their squares. */
  private level({ samples, from, to }: Piece): RunnerReply {
    const kept = samples.subarray(from, to);
    const { mean, variance } = kept.length === 0 ? { mean: 0, variance: 0 } : levelOf(kept);
    return { result: { samples: kept.length, mean, variance, peak: peakOf(kept) }, tensors: {} };
  }

  /** The frames that begin in the part that is told of, [first, end); null where the audio is too short for one frame. */
  private async compute(
    { samples, from, to, parameters }: Piece,
    io: RunnerIo,
  ): Promise<(Wav2Vec2Output & { first: number; end: number }) | null> {
    const { doNormalize, stride, receptiveField } = this.model.folder;
    if (samples.length < receptiveField) return null;
    throwIfCancelled(io.signal, 'listening');
    const values = doNormalize ? normalised(samples, parameters.level ?? levelOf(samples)) : samples;
    const output = await this.model.run(values, 1, { signal: io.signal });
    throwIfCancelled(io.signal, 'listening');
    io.progress(1, 'listening');
    const first = Math.min(output.frames, Math.ceil(from / stride));
    const end = to === samples.length ? output.frames : Math.min(output.frames, Math.ceil(to / stride));
    return { ...output, first, end: Math.max(first, end) };
  }

  private async features(piece: Piece, io: RunnerIo): Promise<RunnerReply> {
    if (!this.model.has('last_hidden_state')) {
      throw this.refused('its graph gives logits only; features need the output last_hidden_state');
    }
    const output = await this.compute(piece, io);
    const peak = peakOf(piece.samples.subarray(piece.from, piece.to));
    const { hiddenSize } = this.model.folder;
    const hidden = output?.hidden?.data ?? new Float32Array(0);
    const [first, end] = output === null ? [0, 0] : [output.first, output.end];
    const sum = new Float64Array(hiddenSize);
    for (let index = first * hiddenSize; index < end * hiddenSize; index += 1) {
      sum[index % hiddenSize] = (sum[index % hiddenSize] ?? 0) + (hidden[index] ?? 0);
    }
    this.requireNumbers(sum);
    return {
      result: { frames: end - first, peak },
      tensors: {
        sum: { type: 'float64', shape: [hiddenSize], data: sum },
        embedding: { type: 'float32', shape: [hiddenSize], data: Float32Array.from(unitVector(sum)) },
      },
    };
  }

  private async transcribe(piece: Piece, io: RunnerIo): Promise<RunnerReply> {
    const { vocabulary, stride, sampleRate, path } = this.model.folder;
    if (!this.model.has('logits')) throw this.refused('its graph gives hidden states only; text needs the output logits');
    if (vocabulary === null) throw this.refused(`text needs the file vocab.json, which ${path} does not have`);
    // A model that hears nothing still has a likeliest letter.
    const isSilent = peakOf(piece.samples.subarray(piece.from, piece.to)) < SILENT_PEAK;
    const output = isSilent ? null : await this.compute(piece, io);
    const frameSeconds = stride / sampleRate;
    const classes = output?.logits?.shape[2] ?? 1;
    const logits = output?.logits?.data.subarray(output.first * classes, output.end * classes) ?? new Float32Array(0);
    this.requireNumbers(logits);
    const origin = (output?.first ?? 0) * frameSeconds;
    const runs = runsOf(likeliestClasses(logits, classes), vocabulary, frameSeconds).map((run) => ({
      ...run,
      startSeconds: run.startSeconds + origin,
      endSeconds: run.endSeconds + origin,
    }));
    const { text, words } = transcriptionOf(runs, piece.samples.length / sampleRate);
    const result = { frames: logits.length / classes, frameSeconds, runs, text, words: words.map((word) => ({ ...word })) };
    return { result, tensors: {} };
  }

  private requireNumbers(values: ArrayLike<number>): void {
    for (let index = 0; index < values.length; index += 1) {
      if (!isFinite(values[index] ?? NaN))
        throw new GrymError('GRYM_MODEL_FAULT', { model: this.name, reason: 'its output holds values that are no numbers' });
    }
  }

  private async probe(io: RunnerIo): Promise<string[]> {
    const { sampleRate } = this.model.folder;
    const data = Float32Array.from({ length: sampleRate }, (_, index) => 0.3 * Math.sin((2 * Math.PI * 220 * index) / sampleRate));
    const audio = { audio: { type: 'float32', shape: [data.length], data } } as const;
    const works: string[] = [];
    if (this.model.has('last_hidden_state')) {
      const { tensors } = await this.run('features', { sampleRate }, audio, io);
      works.push(`A second of sound becomes a vector of ${tensors['sum']?.data.length ?? 0} values.`);
    }
    if (this.model.has('logits') && this.model.folder.vocabulary !== null) {
      await this.run('transcribe', { sampleRate }, audio, io);
      works.push(`Words are written in ${this.model.folder.vocabulary.tokens.size} signs.`);
    }
    if (works.length === 0) throw this.refused('its graph gives logits only, and there is no vocab.json to write them with');
    return works;
  }
}

/** With graphs of the caller's own; tests of the runner's rules need no real ones. */
export async function loadWav2Vec2(settings: RunnerSettings, open: OpenGraphSession): Promise<ModelRunner> {
  return new Wav2Vec2Runner(await Wav2Vec2Model.open(settings, open));
}

export const runner: RunnerModule = { load: (settings) => loadWav2Vec2(settings, openGraph) };

import { GrymError, type JsonObject } from '../../kernel/index.js';
import type { OpenGraphSession } from '../graphs/graph-session.js';
import type { ModelRunner, RunnerIo, RunnerReply, RunnerSettings } from '../hosts/model-runner.js';
import type { Tensors } from '../hosts/tensor.js';
import { AudioLdmModel } from './audioldm-model.js';
import { seededNoise } from './noise-source.js';
import { keptRows, render, renderSource, splice, type OutputFormat } from './output-audio.js';
import { Pace } from './pace.js';
import { previewOf } from './preview.js';
import { hear, melOf, sourceOf, type SourceAudio } from './source-audio.js';
import { partsOf, stepsOf, synthesize, type Candidate, type Start, type SynthesisObserver } from './synthesis.js';
import { MOST_SECONDS, readParams, TASKS, type AudioResult, type GenerateParams, type TaskName, type TaskParams } from './tasks.js';

/** What all tasks have in common once their source is heard. */
interface Prepared {
  readonly start: Start;
  readonly samples: number;
  readonly rows: number;
  /** For the waveform, at the end. */
  readonly gain: number;
  /** Where it begins in the source. */
  readonly fromSeconds: number;
  /** Interleaved stereo of a candidate's waveform, of the length that is wanted. */
  readonly finish: (waveform: Float32Array, output: OutputFormat) => Promise<Float32Array>;
}

type SourceTask = TaskParams<'from-audio'> | TaskParams<'inpaint'>;

const FIRST_PARTS = 2;

function invalid(reason: string): GrymError {
  return new GrymError('GRYM_MODEL_TASK_INVALID', { model: 'AudioLDM', reason });
}

const secondsOf = ({ samples, channels, sampleRate }: SourceAudio): number => samples.length / channels / sampleRate;

/** Throws GRYM_MODEL_TASK_INVALID. */
function within(seconds: number): number {
  if (seconds <= MOST_SECONDS) return seconds;
  throw invalid(`it makes at most ${MOST_SECONDS} s at once, and ${seconds.toFixed(1)} s were asked for`);
}

class AudioLdmRunner implements ModelRunner {
  constructor(private readonly model: AudioLdmModel) {}

  async run(task: string, params: JsonObject, tensors: Tensors, io: RunnerIo): Promise<RunnerReply> {
    switch (task as TaskName) {
      case 'generate': {
        const read = readParams('generate', params);
        return this.perform(read, io, async () => this.plain(read.seconds, io.signal));
      }
      case 'from-audio': {
        const read = readParams('from-audio', params);
        const source = sourceOf(tensors, read.sourceRate);
        return this.perform(read, io, () => this.fromAudio(read, source, io.signal));
      }
      case 'inpaint': {
        const read = readParams('inpaint', params);
        const source = sourceOf(tensors, read.sourceRate);
        return this.perform(read, io, () => this.inpaint(read, source, io.signal));
      }
      case 'probe':
        readParams('probe', params);
        return this.probe(io);
      default:
        throw invalid(`it knows the tasks ${Object.keys(TASKS).join(', ')}, and not ${task}`);
    }
  }

  dispose(): Promise<void> {
    return this.model.dispose();
  }

  private plain(seconds: number, signal: AbortSignal): Prepared {
    const { sampleRate } = this.model.geometry;
    const samples = Math.max(1, Math.trunc(seconds * sampleRate));
    return {
      ...{ start: { kind: 'noise' }, samples, rows: this.model.rowsFor(samples), gain: 1, fromSeconds: 0 },
      finish: (waveform, output) => render(waveform, sampleRate, output, signal),
    };
  }

  private async fromAudio(params: TaskParams<'from-audio'>, source: SourceAudio, signal: AbortSignal): Promise<Prepared> {
    const seconds = within(params.seconds ?? secondsOf(source));
    const plain = this.plain(seconds, signal);
    const heard = await hear(source, this.model.geometry, signal);
    const latents = await this.model.encode(melOf(heard.samples, plain.rows, this.model.geometry), signal);
    return { ...plain, gain: heard.gain, start: { kind: 'source', latents, strength: params.strength } };
  }

  /** The model is given the new part with what is around it, and not all of a long source. */
  private async inpaint(params: TaskParams<'inpaint'>, source: SourceAudio, signal: AbortSignal): Promise<Prepared> {
    const { contextSeconds, toSeconds } = params;
    const { geometry } = this.model;
    const sourceSeconds = secondsOf(source);
    // Where the source ends before the new part begins, what lies between is new as well.
    const newFrom = Math.min(params.fromSeconds, sourceSeconds);
    const fromFrame = Math.round(Math.max(0, newFrom - contextSeconds) * source.sampleRate);
    const fromSeconds = fromFrame / source.sampleRate;
    const end = Math.min(Math.max(sourceSeconds, toSeconds), toSeconds + contextSeconds);
    const plain = this.plain(within(end - fromSeconds), signal);
    const window = { ...source, samples: source.samples.subarray(fromFrame * source.channels, Math.ceil(end * source.sampleRate) * source.channels) }; // prettier-ignore
    const heard = await hear(window, geometry, signal);
    const latents = await this.model.encode(melOf(heard.samples, plain.rows, geometry), signal);
    const part = { fromSeconds: newFrom - fromSeconds, toSeconds: toSeconds - fromSeconds };
    const kept = keptRows(part, plain.rows, (geometry.hop * geometry.vaeFactor) / geometry.sampleRate, sourceSeconds - fromSeconds);
    const { latentWidth } = geometry;
    const mask = Float32Array.from({ length: plain.rows * latentWidth }, (_, index) => kept[Math.floor(index / latentWidth)] ?? 0);
    return {
      ...plain,
      ...{ gain: heard.gain, fromSeconds, start: { kind: 'kept', latents, mask } },
      finish: async (waveform, output) => {
        const firstFrame = Math.round(fromSeconds * output.sampleRate);
        const frames = Math.max(1, Math.ceil((plain.samples / geometry.sampleRate) * output.sampleRate));
        const samples = await render(waveform, geometry.sampleRate, { ...output, frames }, signal);
        const whole = await renderSource(source, output, signal);
        splice(whole, { samples, firstFrame }, { fromSeconds: newFrom, toSeconds }, output.sampleRate, Math.round(sourceSeconds * output.sampleRate)); // prettier-ignore
        return whole;
      },
    };
  }

  private observer({ previewEverySteps }: GenerateParams | SourceTask, rows: number, io: RunnerIo): SynthesisObserver {
    if (previewEverySteps === 0) return {};
    const show = async (index: number, steps: number, clean: Float32Array): Promise<void> => {
      const mel = await this.model.decode(clean, rows, io.signal);
      io.emit(previewOf(mel, this.model.geometry.melBands, index + 1, steps));
    };
    return { preview: { everySteps: previewEverySteps, show } };
  }

  private async perform(params: GenerateParams | SourceTask, io: RunnerIo, prepare: () => Promise<Prepared>): Promise<RunnerReply> {
    const { model } = this;
    const guided = params.guidanceScale > 1;
    // The first parts are counted alone: how many follow is known once the length is.
    const before = new Pace({ signal: io.signal, progress: (fraction, stage) => io.progress(fraction * 0.02, stage) }, FIRST_PARTS, 'generating'); // prettier-ignore
    const conditions = await before.part('reading the words', (signal) =>
      model.embed(params.prompt, guided ? params.negativePrompt : null, signal),
    );
    const prepared = await before.part('preparing', prepare);
    const { candidates, steps, guidanceScale, eta } = params;
    const { start, rows, samples } = prepared;
    const request = { conditions, start, rows, samples, candidates, steps, guidanceScale, eta };
    const parts = partsOf(model, request) + (params.output === undefined ? 0 : candidates);
    const pace = new Pace({ signal: io.signal, progress: (fraction, stage) => io.progress(0.02 + fraction * 0.98, stage) }, parts, 'generating'); // prettier-ignore
    const noise = seededNoise(params.seed, { channels: model.geometry.latentChannels, width: model.geometry.latentWidth });
    const made = await synthesize(model, request, noise, pace, this.observer(params, rows, io));
    const result: AudioResult = {
      ...{
        sampleRate: model.geometry.sampleRate,
        samples,
        rows,
        candidates,
        fromSeconds: prepared.fromSeconds,
        steps: stepsOf(model, request).length,
        guided,
      },
      warnings: [...conditions.warnings],
    };
    return { result, tensors: await this.tensorsOf(made, prepared, params.output, pace) };
  }

  private async tensorsOf(made: readonly Candidate[], prepared: Prepared, output: OutputFormat | undefined, pace: Pace): Promise<Tensors> {
    const { samples, gain } = prepared;
    if (gain !== 1) for (const { waveform } of made) waveform.forEach((value, index) => (waveform[index] = value * gain));
    const length = output === undefined ? samples : output.frames * 2;
    const data = new Float32Array(made.length * length);
    for (const [index, { waveform }] of made.entries()) {
      if (output === undefined) {
        data.set(waveform, index * length);
        continue;
      }
      data.set(await pace.part('converting the sample rate', () => prepared.finish(waveform, output)), index * length);
    }
    return output === undefined
      ? { waveform: { type: 'float32', shape: [made.length, samples], data } }
      : { audio: { type: 'float32', shape: [made.length, output.frames, 2], data } };
  }

  /** Everything once, as small as it gets. */
  private async probe(io: RunnerIo): Promise<RunnerReply> {
    const seconds = (4 * this.model.geometry.hop * this.model.geometry.vaeFactor) / this.model.geometry.sampleRate;
    const words = { prompt: 'a short drum loop', seed: 0, steps: 2 };
    const whole = (part: number): RunnerIo => ({ ...io, progress: (fraction, stage) => io.progress((part + fraction) / 2, stage) });
    const made = await this.run('generate', { ...words, seconds }, {}, whole(0));
    const { waveform } = made.tensors;
    if (waveform?.type !== 'float32') throw invalid('its own sound is missing');
    // Whatever it sounds like: a tone of a known level is what the encoder hears.
    const data = Float32Array.from(waveform.data, (_, index) => 0.25 * Math.sin(index / 8));
    const source = { type: 'float32', shape: [data.length, 1], data } as const;
    await this.run('from-audio', { ...words, sourceRate: this.model.geometry.sampleRate, strength: 0.5 }, { source }, whole(1));
    const works = [
      `Text to audio works: ${seconds.toFixed(2)} s in 2 steps, guided.`,
      'Audio to audio works: a tone was encoded, and made anew by the words.',
      ...(this.model.rowMultiple > 1
        ? [`Its UNet takes lengths in steps of ${this.model.rowMultiple} rows only; lengths are rounded up.`]
        : []),
    ];
    return { result: { works }, tensors: {} };
  }
}

/** With another way to open graphs: for measuring, and for comparing with references. Throws GRYM_MODEL_FOLDER_INVALID. */
export async function loadAudioLdm(settings: RunnerSettings, openGraph: OpenGraphSession): Promise<ModelRunner> {
  return new AudioLdmRunner(await AudioLdmModel.open(settings, openGraph));
}

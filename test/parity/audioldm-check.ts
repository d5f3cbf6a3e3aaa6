import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AudioLdmModel, type Conditions } from '../../daemon/models/audioldm/audioldm-model.js';
import type { NoiseSource } from '../../daemon/models/audioldm/noise-source.js';
import { Pace } from '../../daemon/models/audioldm/pace.js';
import { stepsOf, synthesize, type Candidate, type Start } from '../../daemon/models/audioldm/synthesis.js';
import { openGraph } from '../../daemon/models/graphs/graph-opener.js';
import { readAudioLdmFacts, type AudioLdmFacts } from './audioldm-facts.js';
import { compare, type ParityCheck, type ParityRow } from './parity-check.js';
import { GraphRecord } from './recording-graphs.js';
import type { Reference } from './reference.js';

const twoDigits = (index: number): string => String(index).padStart(2, '0');

/** A run of the loop: where it begins, what noise it is given, and who looks on. */
interface Run {
  readonly initial: Float32Array;
  /** One for each step (and candidate), where the run needs any. */
  readonly perStep?: Float32Array;
  readonly eta: number;
  readonly rows: number;
  readonly samples: number;
  /** Of candidate `index`; all the same where `shared`. */
  readonly startOf: (index: number) => Start;
  readonly shared: boolean;
}

interface RunResult {
  readonly candidates: readonly Candidate[];
  /** Of all candidates, one after another: at the start, and after each step. */
  readonly begun: Float32Array;
  readonly steps: readonly Float32Array[];
}

function join32(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

class AudioLdmParity {
  private readonly rows: ParityRow[] = [];
  private readonly conditions: Conditions[] = [];

  constructor(
    private readonly model: AudioLdmModel,
    private readonly reference: Reference,
    private readonly facts: AudioLdmFacts,
    private readonly record: GraphRecord,
  ) {}

  async all(): Promise<ParityRow[]> {
    await this.text();
    await this.fromNoise();
    await this.fromAudio();
    await this.stochastic();
    await this.inpainting();
    return this.rows;
  }

  private compare(tensor: string, shape: readonly number[], data: Float32Array | BigInt64Array): void {
    if (this.reference.has(tensor)) this.rows.push(compare(tensor, { shape, data }, this.reference));
  }

  private latentShape(count: number, rows: number): number[] {
    return [count, this.model.geometry.latentChannels, rows, this.model.geometry.latentWidth];
  }

  private async text(): Promise<void> {
    const { prompts, negatives } = this.facts;
    const { maximumTokens: length, textDimensions } = this.model.geometry;
    const tokens = (texts: readonly string[], part: 'ids' | 'mask'): BigInt64Array =>
      BigInt64Array.from(texts.flatMap((text) => [...this.model.text.tokenize(text)[part]]));
    for (const [prefix, texts] of [['', prompts] as const, ['negative_', negatives] as const]) {
      this.compare(`${prefix}input_ids`, [texts.length, length], tokens(texts, 'ids'));
      this.compare(`${prefix}attention_mask`, [texts.length, length], tokens(texts, 'mask'));
    }
    const both: Conditions[] = [];
    for (const [index, prompt] of prompts.entries()) both.push(await this.model.embed(prompt, negatives[index] ?? ''));
    this.compare('prompt_embeds', [both.length, textDimensions], join32(both.map(({ positive }) => positive)));
    this.compare('negative_prompt_embeds', [both.length, textDimensions], join32(both.map(({ negative }) => negative ?? new Float32Array()))); // prettier-ignore
    for (const [index, prompt] of prompts.entries()) {
      this.conditions.push(await this.model.embed(prompt, this.facts.guidanceScale > 1 ? (negatives[index] ?? '') : null));
    }
  }

  private async run(run: Run): Promise<RunResult> {
    const size = this.model.latentSize(run.rows);
    const count = run.initial.length / size;
    const perPrompt = count / this.conditions.length;
    if (!Number.isInteger(perPrompt)) throw new Error(`${count} candidates cannot belong to ${this.conditions.length} prompts`);
    const group = run.shared ? perPrompt : 1;
    const candidates: Candidate[] = [];
    const begun = new Float32Array(run.initial.length);
    const steps: Float32Array[] = [];
    for (let offset = 0; offset < count; offset += group) {
      const conditions = this.conditions[Math.floor(offset / perPrompt)];
      if (conditions === undefined) throw new Error('there are no conditions');
      const { guidanceScale, steps: stepCount } = this.facts;
      const request = {
        ...{ conditions, guidanceScale, steps: stepCount, start: run.startOf(offset), candidates: group },
        ...{ rows: run.rows, samples: run.samples, eta: run.eta },
      };
      const taken = stepsOf(this.model, request).length;
      const made = await synthesize(this.model, request, this.noiseOf(run, size, offset, taken), unhurried(), {
        onStart: (first, latents) => begun.set(latents, (offset + first) * size),
        onStep: (first, index, latents) => (steps[index] ??= new Float32Array(run.initial.length)).set(latents, (offset + first) * size),
      });
      candidates.push(...made);
    }
    return { candidates, begun, steps };
  }

  private noiseOf(run: Run, size: number, offset: number, steps: number): NoiseSource {
    return {
      draw: ({ use, step, candidate }, out) => {
        const values = use === 'initial' ? run.initial : run.perStep;
        if (values === undefined) throw new Error('the reference gives no noise for the steps');
        const each = use === 'initial' ? 0 : values.length / steps;
        // Noise for one candidate serves all.
        const within = use !== 'initial' && each === size ? 0 : (offset + candidate) * size;
        out.set(values.subarray(step * each + within, step * each + within + size));
      },
    };
  }

  private rowsOf(name: string): number {
    return this.reference.float(name).shape[2] ?? 0;
  }

  private async fromNoise(): Promise<void> {
    const { reference, facts, model } = this;
    const schedule = model.ddim.schedule(facts.steps);
    this.compare(
      'timesteps',
      [schedule.length],
      BigInt64Array.from(schedule, ({ timestep }) => BigInt(timestep)),
    );
    if (!reference.has('initial_latents')) return;
    const rows = this.rowsOf('initial_latents');
    const samples = reference.has('waveform') ? (reference.tensor('waveform').shape.at(-1) ?? 0) : this.samplesOfFacts();
    const perStep = ['step_noise', 'noise', 'eta_noise'].find((name) => reference.has(name));
    this.record.take('unet/model.onnx');
    const { candidates, steps } = await this.run({
      ...{ initial: reference.float('initial_latents').data, eta: facts.eta, rows, samples, shared: true },
      ...(perStep !== undefined && { perStep: reference.float(perStep).data }),
      startOf: () => ({ kind: 'noise' }),
    });
    this.noisePredictions();
    const count = candidates.length;
    for (const [index, latents] of steps.entries()) this.compare(`latents_${twoDigits(index)}`, this.latentShape(count, rows), latents);
    const { melBands, vaeFactor } = model.geometry;
    this.compare('mel', [count, 1, rows * vaeFactor, melBands], join32(candidates.map(({ mel }) => mel)));
    this.compare('waveform', [count, samples], join32(candidates.map(({ waveform }) => waveform)));
  }

  private samplesOfFacts(): number {
    return Math.trunc((this.facts.seconds ?? 0) * this.model.geometry.sampleRate);
  }

  /** Of the first group of candidates: what the UNet said, or what guidance made of it, whichever the reference holds. */
  private noisePredictions(): void {
    for (const [index, { out_sample: output }] of this.record.take('unet/model.onnx').entries()) {
      const name = `noise_pred_${twoDigits(index)}`;
      if (!this.reference.has(name) || output?.type !== 'float32') continue;
      const expected = this.reference.float(name);
      const half = output.data.length / 2;
      const combined = (): Float32Array =>
        Float32Array.from({ length: half }, (_, at) => {
          const negative = output.data[at] ?? NaN;
          return negative + this.facts.guidanceScale * ((output.data[half + at] ?? NaN) - negative);
        });
      const isCombined = expected.data.length === half && this.facts.guidanceScale > 1;
      this.compare(name, expected.shape, isCombined ? combined() : output.data);
    }
  }

  private async fromAudio(): Promise<void> {
    const { reference, facts, model } = this;
    if (!reference.has('a2a_source_mel')) return;
    const mel = reference.float('a2a_source_mel');
    const frames = mel.shape.at(-2) ?? 0;
    const each = frames * model.geometry.melBands;
    const sources: Float32Array[] = [];
    this.record.take('vae_encoder/model.onnx');
    for (let from = 0; from < mel.data.length; from += each) sources.push(await model.encode(mel.data.slice(from, from + each)));
    const rows = frames / model.geometry.vaeFactor;
    const answers = this.record.take('vae_encoder/model.onnx');
    for (const [tensor, output] of [['a2a_posterior_mean', 'latent_mean'] as const, ['a2a_posterior_std', 'latent_std'] as const]) {
      const parts = answers.flatMap((answer) => (answer[output]?.type === 'float32' ? [answer[output].data] : []));
      this.compare(tensor, this.latentShape(sources.length, rows), join32(parts));
    }
    if (facts.strength === null || !reference.has('a2a_noise')) return;
    const strength = facts.strength;
    const startOf = (index: number): Start => ({
      kind: 'source',
      latents: sources[index % sources.length] ?? new Float32Array(),
      strength,
    });
    const taken = stepsOf(model, { steps: facts.steps, start: startOf(0) });
    this.compare(
      'a2a_timesteps',
      [taken.length],
      BigInt64Array.from(taken, ({ timestep }) => BigInt(timestep)),
    );
    const { candidates, begun } = await this.run({
      ...{ initial: reference.float('a2a_noise').data, eta: 0, rows, samples: 0, startOf, shared: sources.length === 1 },
    });
    this.compare('a2a_noised', this.latentShape(candidates.length, rows), begun);
    this.compare('a2a_latents', this.latentShape(candidates.length, rows), join32(candidates.map(({ latents }) => latents)));
  }

  private async stochastic(): Promise<void> {
    const { reference, facts } = this;
    if (!reference.has('eta_latents', 'eta_noise', 'initial_latents') || facts.etaRun === null) return;
    const rows = this.rowsOf('initial_latents');
    const { candidates } = await this.run({
      ...{ initial: reference.float('initial_latents').data, perStep: reference.float('eta_noise').data, eta: facts.etaRun },
      ...{ rows, samples: 0, shared: true, startOf: () => ({ kind: 'noise' }) },
    });
    this.compare('eta_latents', this.latentShape(candidates.length, rows), join32(candidates.map(({ latents }) => latents)));
  }

  private async inpainting(): Promise<void> {
    const { reference } = this;
    if (!reference.has('inpaint_latents', 'inpaint_mask', 'inpaint_noise', 'inpaint_source_latents', 'initial_latents')) return;
    const rows = this.rowsOf('initial_latents');
    const size = this.model.latentSize(rows);
    const [sources, masks] = [reference.float('inpaint_source_latents').data, reference.float('inpaint_mask')];
    const maskSize = masks.data.length / (masks.shape.length < 4 ? 1 : (masks.shape[0] ?? 1));
    const part = (values: Float32Array, each: number, index: number): Float32Array => {
      const at = (index * each) % values.length;
      return values.subarray(at, at + each);
    };
    const { candidates } = await this.run({
      ...{ initial: reference.float('initial_latents').data, perStep: reference.float('inpaint_noise').data, eta: 0, rows, samples: 0 },
      shared: sources.length === size && masks.data.length === maskSize,
      startOf: (index) => ({ kind: 'kept', latents: part(sources, size, index), mask: part(masks.data, maskSize, index) }),
    });
    this.compare('inpaint_latents', this.latentShape(candidates.length, rows), join32(candidates.map(({ latents }) => latents)));
  }
}

function unhurried(): Pace {
  return new Pace({ signal: new AbortController().signal, progress: () => undefined }, 1, 'comparing');
}

export const audioLdmCheck: ParityCheck = {
  kind: 'audioldm',
  matches: (folder) => ['unet', 'vae_decoder', 'vocoder'].every((graph) => existsSync(join(folder, graph, 'config.json'))),
  async check(folder, reference) {
    const record = new GraphRecord();
    const settings = { path: folder, threads: 1, remoteGraphs: {} };
    const model = await AudioLdmModel.open(settings, record.opener(openGraph));
    try {
      return await new AudioLdmParity(model, reference, readAudioLdmFacts(reference), record).all();
    } finally {
      await model.dispose();
    }
  },
};

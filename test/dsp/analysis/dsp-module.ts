import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Rendered, RenderPlan } from '../../../daemon/audio/index.js';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { parsePrompt } from '../../../daemon/models/index.js';

export interface ParameterRow {
  readonly name: string;
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly initial: number;
  readonly curve: 'linear' | 'exponential';
  readonly effect: string;
}

export interface DspDescription {
  readonly instruments: readonly {
    readonly name: string;
    readonly tonal: boolean;
    readonly description: string;
    readonly parameters: readonly ParameterRow[];
  }[];
  readonly genres: readonly string[];
}

interface DspModule {
  describe(): DspDescription;
  render(plan: RenderPlan, control: Int32Array): Rendered | null;
}

/** The addon itself, in this thread: tests of sound need no worker. */
export const dsp = createRequire(import.meta.url)(join(findPackageRoot(), 'build/native/dsp.node')) as DspModule;

export const BASE_PLAN: RenderPlan = {
  instrument: 'bass',
  genre: 'none',
  sampleRate: 48_000,
  tempoBpm: 120,
  bars: 2,
  numerator: 4,
  denominator: 4,
  keyRoot: 9,
  scale: 'minor',
  loop: true,
  seed: 1,
  moves: {},
};

export function renderPlan(changes: Partial<RenderPlan>): Rendered {
  const rendered = dsp.render({ ...BASE_PLAN, ...changes }, new Int32Array(2));
  if (rendered === null) throw new Error('cancelled, though nobody asked for it');
  return rendered;
}

export interface Clip extends Rendered {
  readonly sampleRate: number;
  readonly tempoBpm: number;
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly mono: Float32Array;
}

export function splitChannels(rendered: Rendered, sampleRate: number, tempoBpm: number): Clip {
  const { frames, samples } = rendered;
  const left = new Float32Array(frames);
  const right = new Float32Array(frames);
  const mono = new Float32Array(frames);
  for (let i = 0; i < frames; i += 1) {
    const l = samples[2 * i] ?? 0;
    const r = samples[2 * i + 1] ?? 0;
    left[i] = l;
    right[i] = r;
    mono[i] = (l + r) / 2;
  }
  return { ...rendered, sampleRate, tempoBpm, left, right, mono };
}

/** A prompt to samples, by the daemon's own reading of it. */
export function renderPrompt(prompt: string, seed: number, sampleRate = 48_000): Clip {
  const reading = parsePrompt({ prompt, seed, sampleRate });
  const { instrument, genre, tempoBpm, bars, metre, key, loop, moves } = reading;
  const rendered = renderPlan({
    instrument,
    genre,
    tempoBpm,
    bars,
    loop,
    moves,
    seed,
    sampleRate,
    ...metre,
    keyRoot: key.root,
    scale: key.scale,
  });
  return splitChannels(rendered, sampleRate, tempoBpm);
}

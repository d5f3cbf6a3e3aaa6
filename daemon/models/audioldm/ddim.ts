import type { SchedulerConfig } from './configs.js';

/** Of one step: what remains of the signal before it and after it, and how random it is. */
export interface DdimStep {
  /** What the UNet is told. */
  readonly timestep: number;
  /** Cumulative product of (1 − β) at this timestep and at the next lower one. */
  readonly alpha: number;
  readonly alphaNext: number;
}

export interface StepInput {
  readonly step: DdimStep;
  readonly eta: number;
  /** Above 1: `output` holds the answer for the negative prompt, then that for the prompt. Else: the prompt's alone. */
  readonly guidanceScale: number;
  /** Of the UNet: one or two times as many values as `latents`. */
  readonly output: Float32Array;
  /** Standard normal, as many as `latents`; read only where eta > 0. */
  readonly noise: Float32Array | null;
}

/** Denoising diffusion implicit models (Song, Meng, Ermon 2021), as diffusers' DDIMScheduler computes them, in float64. */
export interface Ddim {
  readonly trainingSteps: number;
  /** From the noisiest on. Throws RangeError where the model has no so many. */
  schedule(steps: number): readonly DdimStep[];
  /** √α·x₀ + √(1 − α)·noise for x₀ = clean·scale, written to `out`. */
  addNoise(clean: Float32Array, noise: Float32Array, step: DdimStep, out: Float32Array): void;
  /** One step of denoising, in place. `clean`, where given, receives the predicted x₀. */
  advance(latents: Float32Array, input: StepInput, clean?: Float32Array): void;
}

const COSINE_OFFSET = 0.008;
const LARGEST_BETA = 0.999;

function betasOf(config: SchedulerConfig): Float64Array {
  const count = config.num_train_timesteps;
  if (config.trained_betas !== null) return Float64Array.from(config.trained_betas);
  const { beta_start: start, beta_end: end } = config;
  const between = (from: number, to: number, index: number): number => (count === 1 ? from : from + ((to - from) * index) / (count - 1));
  switch (config.beta_schedule) {
    case 'linear':
      return Float64Array.from({ length: count }, (_, index) => between(start, end, index));
    case 'scaled_linear':
      return Float64Array.from({ length: count }, (_, index) => between(Math.sqrt(start), Math.sqrt(end), index) ** 2);
    case 'squaredcos_cap_v2': {
      // Nichol and Dhariwal 2021.
      const alphaBar = (share: number): number => Math.cos((((share + COSINE_OFFSET) / (1 + COSINE_OFFSET)) * Math.PI) / 2) ** 2;
      return Float64Array.from({ length: count }, (_, index) =>
        Math.min(1 - alphaBar((index + 1) / count) / alphaBar(index / count), LARGEST_BETA),
      );
    }
  }
}

/** As numpy rounds: halves to the even neighbour. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function timestepsOf(config: SchedulerConfig, steps: number): number[] {
  const training = config.num_train_timesteps;
  const descending = Array.from({ length: steps }, (_, index) => steps - 1 - index);
  switch (config.timestep_spacing) {
    case 'leading':
      return descending.map((index) => index * Math.floor(training / steps) + config.steps_offset);
    case 'linspace':
      return descending.map((index) => (steps === 1 ? 0 : roundHalfToEven((index * (training - 1)) / (steps - 1))));
    case 'trailing':
      return descending.map((_, index) => roundHalfToEven(training - (index * training) / steps) - 1);
  }
}

/** What guidance makes of the UNet's answer, for value `index` of `count`. */
function guided({ output, guidanceScale }: StepInput, index: number, count: number): number {
  const first = output[index] ?? NaN;
  return guidanceScale > 1 ? first + guidanceScale * ((output[count + index] ?? NaN) - first) : first;
}

export function createDdim(config: SchedulerConfig): Ddim {
  const trainingSteps = config.num_train_timesteps;
  const alphas = new Float64Array(trainingSteps);
  let product = 1;
  for (const [index, beta] of betasOf(config).entries()) alphas[index] = product *= 1 - beta;
  const last = config.set_alpha_to_one ? 1 : (alphas[0] ?? 1);

  const stepAt = (timestep: number, stride: number): DdimStep => {
    const next = timestep - stride;
    return { timestep, alpha: alphas[timestep] ?? NaN, alphaNext: next >= 0 ? (alphas[next] ?? NaN) : last };
  };

  return {
    trainingSteps,
    schedule(steps) {
      if (!Number.isInteger(steps) || steps < 1 || steps > trainingSteps)
        throw new RangeError(`it has 1 to ${trainingSteps} steps, and ${steps} were asked for`);
      const timesteps = timestepsOf(config, steps);
      const noisiest = timesteps[0] ?? 0;
      if (noisiest >= trainingSteps)
        throw new RangeError(`${steps} steps would begin at ${noisiest}, and its last one is ${trainingSteps - 1}: ask for fewer`);
      const stride = Math.floor(trainingSteps / steps);
      return timesteps.map((timestep) => stepAt(timestep, stride));
    },
    addNoise(clean, noise, { alpha }, out) {
      const signal = Math.sqrt(alpha);
      const rest = Math.sqrt(1 - alpha);
      for (let index = 0; index < out.length; index += 1) out[index] = signal * (clean[index] ?? NaN) + rest * (noise[index] ?? NaN);
    },
    advance(latents, input, clean) {
      const { alpha, alphaNext } = input.step;
      const [signal, rest] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
      const deviation = input.eta * Math.sqrt(Math.max(0, ((1 - alphaNext) / (1 - alpha)) * (1 - alpha / alphaNext)));
      const direction = Math.sqrt(Math.max(0, 1 - alphaNext - deviation ** 2));
      const signalNext = Math.sqrt(alphaNext);
      const limit = config.clip_sample ? config.clip_sample_range : Infinity;
      const { noise } = input;
      const kind = config.prediction_type;
      for (let index = 0; index < latents.length; index += 1) {
        const x = latents[index] ?? NaN;
        const answer = guided(input, index, latents.length);
        let x0: number;
        let epsilon: number;
        if (kind === 'epsilon') {
          epsilon = answer;
          x0 = (x - rest * epsilon) / signal;
        } else if (kind === 'v_prediction') {
          x0 = signal * x - rest * answer;
          epsilon = signal * answer + rest * x;
        } else {
          x0 = answer;
          epsilon = (x - signal * x0) / rest;
        }
        x0 = Math.min(limit, Math.max(-limit, x0));
        if (clean !== undefined) clean[index] = x0;
        const random = deviation > 0 ? deviation * (noise?.[index] ?? NaN) : 0;
        latents[index] = signalNext * x0 + direction * epsilon + random;
      }
    },
  };
}

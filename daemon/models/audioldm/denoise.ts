import type { Ddim, DdimStep } from './ddim.js';
import type { AudioLdmGraphs } from './graphs.js';
import type { AudioLdmGeometry } from './layout.js';
import type { NoiseSource, NoiseUse } from './noise-source.js';

/** The part of a source that stays: its latents, and 1 where they stay, one value for each of [rows, width]. */
export interface Kept {
  readonly latents: Float32Array;
  readonly mask: Float32Array;
}

export interface DenoiseJob {
  /** [count, channels, rows, width]: where it begins; not changed. */
  readonly latents: Float32Array;
  readonly count: number;
  readonly rows: number;
  /** Number of the first of them in the request: which noise is whose. */
  readonly firstCandidate: number;
  readonly steps: readonly DdimStep[];
  /** Embeddings of one prompt each; negative: null where it is not guided. */
  readonly positive: Float32Array;
  readonly negative: Float32Array | null;
  readonly guidanceScale: number;
  readonly eta: number;
  readonly noise: NoiseSource;
  readonly kept: Kept | null;
  /** Gives up what another machine computes. */
  readonly signal: AbortSignal;
}

export interface DenoiseWatcher {
  /** Before each step: throws where it was cancelled. `latents`: as below. */
  beforeStep(index: number, latents: Float32Array): Promise<void>;
  /** `latents` is the memory that is computed on: copy what is kept. `clean`: the predicted x₀ of all, where `wantsClean` said so. */
  afterStep(index: number, latents: Float32Array, clean: Float32Array | null): Promise<void> | void;
  wantsClean(index: number): boolean;
}

interface Parts {
  readonly graphs: AudioLdmGraphs;
  readonly ddim: Ddim;
  readonly geometry: AudioLdmGeometry;
}

/** x = noised source where the mask is 1, and stays where it is 0; in between in proportion. */
function putBack(latents: Float32Array, noised: Float32Array, mask: Float32Array): void {
  for (let index = 0; index < latents.length; index += 1) {
    const share = mask[index % mask.length] ?? 0;
    latents[index] = (noised[index] ?? NaN) * share + (1 - share) * (latents[index] ?? NaN);
  }
}

/** Embeddings for a batch: the negative one `count` times, then the positive one. */
function conditionsOf({ negative, positive, count }: DenoiseJob): Float32Array {
  const rows = [...(negative === null ? [] : Array<Float32Array>(count).fill(negative)), ...Array<Float32Array>(count).fill(positive)];
  const conditions = new Float32Array(rows.length * positive.length);
  for (const [index, row] of rows.entries()) conditions.set(row, index * positive.length);
  return conditions;
}

/**
 * The diffusion loop. Under guidance the UNet sees each of the latents twice in one batch: for the negative prompt, then for the prompt.
 * Memory is taken once, before the first step. Returns the latents after the last one, [count, channels, rows, width].
 */
export async function denoise(job: DenoiseJob, { graphs, ddim, geometry }: Parts, watcher: DenoiseWatcher): Promise<Float32Array> {
  const { count, rows, steps, eta, kept } = job;
  const guided = job.negative !== null;
  const batch = guided ? 2 * count : count;
  const shape = [batch, geometry.latentChannels, rows, geometry.latentWidth];
  const size = geometry.latentChannels * rows * geometry.latentWidth;
  const sample = new Float32Array(batch * size);
  const latents = sample.subarray(0, count * size);
  latents.set(job.latents);
  const labels = { type: 'float32', shape: [batch, job.positive.length], data: conditionsOf(job) } as const;
  const noise = eta > 0 || kept !== null ? new Float32Array(count * size) : null;
  const noised = kept === null ? null : new Float32Array(size);
  const cleanMemory = new Float32Array(steps.some((_, index) => watcher.wantsClean(index)) ? count * size : 0);
  const drawAll = (use: NoiseUse, step: number): void => {
    for (let index = 0; noise !== null && index < count; index += 1) {
      const out = noise.subarray(index * size, (index + 1) * size);
      job.noise.draw({ use, step, candidate: job.firstCandidate + index, rows }, out);
    }
  };

  for (const [index, step] of steps.entries()) {
    await watcher.beforeStep(index, latents);
    if (kept !== null && noise !== null && noised !== null) {
      drawAll('kept', index);
      for (let from = 0; from < latents.length; from += size) {
        ddim.addNoise(kept.latents, noise.subarray(from, from + size), step, noised);
        putBack(latents.subarray(from, from + size), noised, kept.mask);
      }
    }
    if (guided) sample.copyWithin(latents.length, 0, latents.length);
    const timestep = { type: 'int64', shape: [1], data: BigInt64Array.of(BigInt(step.timestep)) } as const;
    const { data: output } = await graphs.run(
      'unet',
      { sample: { type: 'float32', shape, data: sample }, timestep, class_labels: labels },
      shape,
      job.signal,
    );
    if (eta > 0) drawAll('step', index);
    const clean = watcher.wantsClean(index) ? cleanMemory : null;
    const guidanceScale = guided ? job.guidanceScale : 1;
    ddim.advance(latents, { step, eta, guidanceScale, output, noise }, clean ?? undefined);
    await watcher.afterStep(index, latents, clean);
  }
  return latents;
}

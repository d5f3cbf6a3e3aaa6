import { GrymError } from '../../kernel/index.js';
import type { AudioLdmModel, Conditions } from './audioldm-model.js';
import type { DdimStep } from './ddim.js';
import { denoise, type DenoiseWatcher } from './denoise.js';
import type { NoiseSource } from './noise-source.js';
import type { Pace } from './pace.js';

/** Where denoising begins. Latents and masks are of one candidate; all begin with the same. */
export type Start =
  | { readonly kind: 'noise' }
  /** With the source under as much noise as the last `strength` of the steps take away. */
  | { readonly kind: 'source'; readonly latents: Float32Array; readonly strength: number }
  /** With noise; where `mask` (rows × width) is 1, the source is put back at each step. */
  | { readonly kind: 'kept'; readonly latents: Float32Array; readonly mask: Float32Array };

export interface SynthesisRequest {
  readonly conditions: Conditions;
  readonly start: Start;
  readonly rows: number;
  /** Of the waveform, at the model's rate. */
  readonly samples: number;
  readonly candidates: number;
  readonly steps: number;
  readonly guidanceScale: number;
  readonly eta: number;
}

export interface Candidate {
  /** [channels, rows, width]. */
  readonly latents: Float32Array;
  /** [rows·vaeFactor, bands], ln of the magnitude. */
  readonly mel: Float32Array;
  readonly waveform: Float32Array;
}

/** For tests and previews; all optional. */
export interface SynthesisObserver {
  readonly onStart?: (firstCandidate: number, latents: Float32Array) => void;
  readonly onStep?: (firstCandidate: number, index: number, latents: Float32Array) => void;
  /** Of the first candidate only. */
  readonly preview?: { readonly everySteps: number; readonly show: (index: number, steps: number, clean: Float32Array) => Promise<void> };
}

// What a batch may take while the UNet computes it, by a rough count of its largest tensors.
const BATCH_BYTES = 2 ** 30;
const TENSORS_AT_ONCE = 24;
const ATTENTION_HEADS = 8;
const ATTENTION_TENSORS_AT_ONCE = 3;

/** How many candidates are denoised at once: all, or as many as memory allows; at least one. */
export function candidatesPerBatch(geometry: AudioLdmModel['geometry'], rows: number, guided: boolean): number {
  const points = rows * geometry.latentWidth;
  const activations = points * geometry.unetChannels * TENSORS_AT_ONCE;
  // The finest level has no attention; the next one has a quarter of the points.
  const attention = ATTENTION_HEADS * (points / 4) ** 2 * ATTENTION_TENSORS_AT_ONCE;
  const bytes = (activations + attention) * Float32Array.BYTES_PER_ELEMENT * (guided ? 2 : 1);
  return Math.max(1, Math.floor(BATCH_BYTES / bytes));
}

/** The steps that are taken. Throws GRYM_MODEL_TASK_INVALID for a number of steps that the model does not have. */
export function stepsOf(model: AudioLdmModel, request: Pick<SynthesisRequest, 'steps' | 'start'>): readonly DdimStep[] {
  const { steps, start } = request;
  try {
    const schedule = model.ddim.schedule(steps);
    const taken = start.kind === 'source' ? Math.min(steps, Math.floor(steps * start.strength)) : steps;
    return schedule.slice(steps - taken);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new GrymError('GRYM_MODEL_TASK_INVALID', { model: 'AudioLDM', reason: error.message }, { cause: error });
  }
}

/** Parts of a synthesis, as they are counted: steps of each batch, then a decoder and a vocoder for each candidate. */
export function partsOf(model: AudioLdmModel, request: SynthesisRequest): number {
  const batch = candidatesPerBatch(model.geometry, request.rows, request.conditions.negative !== null);
  return Math.ceil(request.candidates / batch) * stepsOf(model, request).length + 2 * request.candidates;
}

/** Latents with which a batch begins, [count, channels, rows, width]. */
function startLatents(model: AudioLdmModel, request: SynthesisRequest, noise: NoiseSource, first: number, count: number): Float32Array {
  const { rows, start } = request;
  const size = model.latentSize(rows);
  const latents = new Float32Array(count * size);
  const [noisiest] = stepsOf(model, request);
  for (let index = 0; index < count; index += 1) {
    const part = latents.subarray(index * size, (index + 1) * size);
    if (start.kind !== 'source' || noisiest !== undefined) noise.draw({ use: 'initial', step: 0, candidate: first + index, rows }, part);
    if (start.kind !== 'source') continue;
    if (noisiest === undefined) part.set(start.latents);
    else model.ddim.addNoise(start.latents, part, noisiest, part);
  }
  return latents;
}

function watcherOf(pace: Pace, observer: SynthesisObserver, first: number, count: number, size: number): DenoiseWatcher {
  const { preview } = observer;
  const stage = (index: number): string => `denoising, step ${index + 1} of ${count}`;
  return {
    async beforeStep(index, latents) {
      await pace.begin(stage(index));
      if (index === 0) observer.onStart?.(first, latents);
    },
    wantsClean: (index) => preview !== undefined && first === 0 && (index + 1) % preview.everySteps === 0 && index + 1 < count,
    async afterStep(index, latents, clean) {
      observer.onStep?.(first, index, latents);
      pace.end(stage(index));
      if (clean !== null) await preview?.show(index, count, clean.subarray(0, size));
    },
  };
}

function requireNumbers(values: Float32Array): void {
  if (values.every(Number.isFinite)) return;
  throw new GrymError('GRYM_MODEL_FAULT', { model: 'AudioLDM', reason: 'what it computed holds values that are no numbers' });
}

/** From conditions to waveforms: noise, the steps, decoder and vocoder; each part is one of `pace`. */
export async function synthesize(
  model: AudioLdmModel,
  request: SynthesisRequest,
  noise: NoiseSource,
  pace: Pace,
  observer: SynthesisObserver = {},
): Promise<Candidate[]> {
  const { conditions, rows, samples, candidates, start } = request;
  const steps = stepsOf(model, request);
  const size = model.latentSize(rows);
  const batch = candidatesPerBatch(model.geometry, rows, conditions.negative !== null);
  const denoised: Float32Array[] = [];
  for (let first = 0; first < candidates; first += batch) {
    const count = Math.min(batch, candidates - first);
    const job = {
      ...{ latents: startLatents(model, request, noise, first, count), count, rows, firstCandidate: first, steps, noise },
      ...{ positive: conditions.positive, negative: conditions.negative, guidanceScale: request.guidanceScale, eta: request.eta },
      ...{ kept: start.kind === 'kept' ? start : null, signal: pace.signal },
    };
    const latents = await denoise(job, model, watcherOf(pace, observer, first, steps.length, size));
    for (let index = 0; index < count; index += 1) denoised.push(latents.slice(index * size, (index + 1) * size));
  }
  const made: Candidate[] = [];
  for (const latents of denoised) {
    const mel = await pace.part('decoding', (signal) => model.decode(latents, rows, signal));
    const waveform = await pace.part('vocoding', (signal) => model.vocode(mel, samples, signal));
    requireNumbers(waveform);
    made.push({ latents, mel, waveform });
  }
  return made;
}

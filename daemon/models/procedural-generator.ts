import { DspWorker, type DspErrors, type DspWorkerSettings, type RenderPlan } from '../audio/index.js';
import { GrymError, packageVersion, withDeadline } from '../kernel/index.js';
import { explain } from './explanation.js';
import type { GeneratedAudio, GenerateOptions, GenerateRequest, Generator } from './generator.js';
import { parsePrompt, type PromptReading } from './prompt/index.js';

export interface ProceduralOptions {
  /** How long one clip may take; at least, since long clips at high rates are given more. */
  readonly deadlineMs?: number;
  readonly worker?: Partial<DspWorkerSettings>;
}

const DEFAULT_DEADLINE_MS = 10_000;
/** Rendering was never measured slower than this share of the clip's own length at 48 kHz. */
const DEADLINE_PER_SECOND_AT_48_KHZ_MS = 500;

const ERRORS: DspErrors = {
  moduleMissing: (path, reason) => new GrymError('GRYM_GENERATOR_MODULE_MISSING', { path, reason }),
  failed: (reason, _code, cause) => new GrymError('GRYM_GENERATOR_FAILED', { reason }, { cause }),
  unavailable: (failures, reason, seconds) => new GrymError('GRYM_GENERATOR_UNAVAILABLE', { failures, reason, seconds }),
};

function planOf(reading: PromptReading, request: GenerateRequest): RenderPlan {
  const { instrument, genre, tempoBpm, bars, metre, key, loop, moves } = reading;
  return {
    instrument,
    genre,
    tempoBpm,
    bars,
    loop,
    moves,
    sampleRate: request.sampleRate,
    numerator: metre.numerator,
    denominator: metre.denominator,
    keyRoot: key.root,
    scale: key.scale,
    seed: request.seed,
  };
}

function nameOf(reading: PromptReading): string {
  const genre = reading.genre === 'none' ? '' : `${reading.genre} `;
  const key = reading.tonal ? ` ${reading.key.name}` : '';
  return `${genre}${reading.instrument}${reading.loop ? '' : ' one-shot'} ${reading.tempoBpm} bpm${key}`;
}

class ProceduralGenerator implements Generator {
  readonly provider = 'procedural';
  readonly version = packageVersion();
  private readonly worker: DspWorker;
  private readonly deadlineMs: number;

  constructor(options: ProceduralOptions) {
    this.worker = new DspWorker({ ...DspWorker.defaults(), ...options.worker, name: 'grym-render', errors: ERRORS });
    this.deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    this.worker.warmUp();
  }

  async generate(request: GenerateRequest, options: GenerateOptions): Promise<GeneratedAudio> {
    options.onProgress(0, 'reading the prompt');
    const reading = parsePrompt(request);
    const quarterNotes = (reading.bars * 4 * reading.metre.numerator) / reading.metre.denominator;
    const seconds = (quarterNotes * 60) / reading.tempoBpm;
    const milliseconds = Math.round(
      Math.max(this.deadlineMs, seconds * DEADLINE_PER_SECOND_AT_48_KHZ_MS * Math.max(1, request.sampleRate / 48_000)),
    );
    const rendered = await withDeadline({ milliseconds, what: 'rendering the clip', signal: options.signal }, (signal) =>
      this.worker.perform('render', planOf(reading, request), {
        signal,
        what: 'rendering',
        onProgress: (fraction) => options.onProgress(0.02 + 0.96 * fraction, 'rendering'),
      }),
    );
    options.onProgress(1, 'rendered');
    return {
      samples: rendered.samples,
      sampleRate: request.sampleRate,
      channels: 2,
      frames: rendered.frames,
      tempoBpm: reading.tempoBpm,
      metre: reading.metre,
      bars: reading.bars,
      quarterNotes,
      key: reading.tonal ? reading.key.name : null,
      loop: reading.loop,
      instrument: reading.instrument,
      loudnessLufs: rendered.loudnessLufs,
      peakDbtp: rendered.peakDbtp,
      name: nameOf(reading),
      provider: 'procedural',
      providerVersion: this.version,
      seed: request.seed,
      explanation: explain(reading, rendered),
    };
  }

  dispose(): Promise<void> {
    return this.worker.dispose();
  }
}

/** The built-in generator: words to parameters here, synthesis by native/dsp in a worker thread. */
export function createProceduralGenerator(options: ProceduralOptions = {}): Generator {
  return new ProceduralGenerator(options);
}

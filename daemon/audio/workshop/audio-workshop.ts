import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GrymError, isGrymError, messageOf, packageVersion, withDeadline } from '../../kernel/index.js';
import type { DspKind, DspWork } from './dsp-messages.js';
import { DspWorker, type DspErrors, type DspWorkerSettings } from './dsp-worker.js';
import type {
  AudioAnalysis,
  AudioBuffer,
  AudioWorkshop,
  DecodedAudio,
  DecodedPart,
  EncodedFile,
  ExportFormat,
  FilePart,
  FitPlan,
  FittedAudio,
  VariationPlan,
  VariedAudio,
  WorkshopOptions,
} from './types.js';
import { boundedSamples, checkedTags, filePart, fitOrder, resampleOrder, variationOrder } from './workshop-orders.js';

export interface AudioWorkshopOptions {
  readonly worker?: Partial<DspWorkerSettings>;
  /** How long one piece of work may take; at least, since long audio is given more. */
  readonly deadlineMs?: number;
}

const DEFAULT_DEADLINE_MS = 20_000;
/** No work was measured slower than a tenth of the audio's own length on an idle core; a busy one is given five times that. */
const DEADLINE_PER_AUDIO_SECOND_MS = 500;
/** Files are read from disks that may be slow to wake, and their length is not known before. */
const DECODE_DEADLINE_MS = 120_000;
/** Behind generation, which somebody waits for with a pad under the finger. */
const NICENESS = 5;

const ERRORS: DspErrors = {
  moduleMissing: (path, reason) => new GrymError('GRYM_WORKSHOP_MODULE_MISSING', { path, reason }),
  failed: (reason, code, cause) => {
    if (code === 'refused') return new GrymError('GRYM_WORKSHOP_REFUSED', { reason }, { cause });
    if (code === 'memory') return new GrymError('GRYM_WORKSHOP_MEMORY', {}, { cause });
    return new GrymError('GRYM_WORKSHOP_FAILED', { reason, code }, { cause });
  },
  unavailable: (failures, reason, seconds) => new GrymError('GRYM_WORKSHOP_UNAVAILABLE', { failures, reason, seconds }),
};

/** The code of the native module decides what comes out, so its content is the version. */
function versionOf(modulePath: string): string {
  try {
    return `${packageVersion()}-${createHash('sha256').update(readFileSync(modulePath)).digest('hex').slice(0, 12)}`;
  } catch {
    // A module that is not there gives no results that could be stored; the first order says so.
    return `${packageVersion()}-absent`;
  }
}

const secondsOf = ({ samples, sampleRate, channels }: AudioBuffer): number => samples.length / channels / sampleRate;

/** The addon's word for the file's fault, turned into the error that names the file. */
function fileError(error: unknown, word: string, make: (reason: string) => GrymError): unknown {
  return isGrymError(error, 'GRYM_WORKSHOP_FAILED') && error.details['code'] === word ? make(String(error.details['reason'])) : error;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

class NativeAudioWorkshop implements AudioWorkshop {
  readonly version: string;
  private readonly worker: DspWorker;
  private readonly deadlineMs: number;

  constructor(options: AudioWorkshopOptions) {
    const settings = { ...DspWorker.defaults(), niceness: NICENESS, ...options.worker };
    this.worker = new DspWorker({ ...settings, name: 'grym-workshop', errors: ERRORS });
    this.version = versionOf(settings.modulePath);
    this.deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  }

  async analyse(audio: AudioBuffer, options: WorkshopOptions): Promise<AudioAnalysis> {
    return this.perform('analyse', boundedSamples(audio), options, 'analysing the audio', secondsOf(audio));
  }

  async fit(audio: AudioBuffer, plan: FitPlan, options: WorkshopOptions): Promise<FittedAudio> {
    const order = fitOrder(audio, plan);
    const seconds = secondsOf(audio) / order.tempoRatio + order.targetFrames / audio.sampleRate;
    const result = await this.perform('fit', order, options, 'fitting the audio', secondsOf(audio) + seconds);
    return { ...result, sampleRate: audio.sampleRate, channels: audio.channels };
  }

  async vary(audio: AudioBuffer, plan: VariationPlan, options: WorkshopOptions): Promise<VariedAudio> {
    const order = variationOrder(audio, plan);
    const seconds = secondsOf(audio) + order.targetFrames / audio.sampleRate;
    const result = await this.perform('vary', order, options, 'varying the audio', seconds);
    return { ...result, sampleRate: audio.sampleRate, channels: audio.channels };
  }

  async resample(audio: AudioBuffer, targetRate: number, options: WorkshopOptions): Promise<AudioBuffer> {
    const order = resampleOrder(audio, targetRate);
    const { samples } = await this.perform('resample', order, options, 'converting the sample rate', secondsOf(audio));
    return { samples, sampleRate: targetRate, channels: audio.channels };
  }

  async decode(path: string, options: WorkshopOptions): Promise<DecodedAudio> {
    return this.readFile('decode', path, {}, options);
  }

  async decodePart(path: string, part: FilePart, options: WorkshopOptions): Promise<DecodedPart> {
    return this.readFile('decodePart', path, filePart(part), options);
  }

  async encode(
    audio: AudioBuffer,
    file: { readonly path: string; readonly format: ExportFormat; readonly tags: Readonly<Record<string, string>> },
    options: WorkshopOptions,
  ): Promise<EncodedFile> {
    const path = resolve(file.path);
    const temporary = join(dirname(path), `.${basename(path).slice(0, 80)}.${randomBytes(6).toString('hex')}.part`);
    const unwritable = (error: unknown, reason: string): GrymError =>
      new GrymError('GRYM_EXPORT_UNWRITABLE', { path: file.path, reason }, { cause: error });
    const order = { ...boundedSamples(audio), path: temporary, format: file.format, tags: checkedTags(file.tags) };
    try {
      const encoded = await this.perform('encode', order, options, `writing ${basename(path)}`, secondsOf(audio));
      try {
        await rename(temporary, path);
        await syncFolder(dirname(path));
      } catch (error) {
        throw unwritable(error, messageOf(error));
      }
      return encoded;
    } catch (error) {
      await rm(temporary, { force: true });
      throw fileError(error, 'unwritable', (reason) => unwritable(error, reason));
    }
  }

  dispose(): Promise<void> {
    return this.worker.dispose();
  }

  private async readFile<Kind extends 'decode' | 'decodePart'>(
    kind: Kind,
    path: string,
    order: Omit<DspWork[Kind]['input'], 'path'>,
    options: WorkshopOptions,
  ): Promise<DspWork[Kind]['result']> {
    try {
      const milliseconds = Math.max(this.deadlineMs, DECODE_DEADLINE_MS);
      return await this.within(milliseconds, kind, { ...order, path: resolve(path) }, options, `reading ${basename(path)}`);
    } catch (error) {
      throw fileError(error, 'unreadable', (reason) => new GrymError('GRYM_AUDIO_FILE_UNREADABLE', { path, reason }, { cause: error }));
    }
  }

  private perform<Kind extends DspKind>(
    kind: Kind,
    input: DspWork[Kind]['input'],
    options: WorkshopOptions,
    what: string,
    audioSeconds: number,
  ): Promise<DspWork[Kind]['result']> {
    const milliseconds = Math.round(Math.max(this.deadlineMs, audioSeconds * DEADLINE_PER_AUDIO_SECOND_MS));
    return this.within(milliseconds, kind, input, options, what);
  }

  private within<Kind extends DspKind>(
    milliseconds: number,
    kind: Kind,
    input: DspWork[Kind]['input'],
    { signal, onProgress }: WorkshopOptions,
    what: string,
  ): Promise<DspWork[Kind]['result']> {
    return withDeadline({ milliseconds, what, signal }, (inner) => this.worker.perform(kind, input, { signal: inner, what, onProgress }));
  }
}

/** Analysis, fitting, variation, sample rates and files by native/dsp, in a worker thread of its own that starts with the first order. */
export function createAudioWorkshop(options: AudioWorkshopOptions = {}): AudioWorkshop {
  return new NativeAudioWorkshop(options);
}

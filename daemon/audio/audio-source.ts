import { GrymError } from '../kernel/index.js';
import type { AudioBuffer, AudioWorkshop, DecodedPart, WorkshopOptions } from './workshop/types.js';

/** Audio that is read a part at a time, so that whoever listens to it need not hold all of it. */
export interface AudioSource {
  readonly sampleRate: number;
  readonly channels: number;
  /** Length of the whole. */
  readonly frames: number;
  /**
   * Exactly those frames, interleaved; whole numbers, within the source. They may be a view of what the source holds and must not be changed.
   * Throws GRYM_WORKSHOP_REFUSED for frames that do not lie within it, and what reading throws.
   */
  read(startFrame: number, frames: number, options: WorkshopOptions): Promise<Float32Array>;
}

function assertWithin(length: number, startFrame: number, frames: number): void {
  const isWithin = Number.isSafeInteger(startFrame) && Number.isSafeInteger(frames) && startFrame >= 0 && frames >= 0;
  if (isWithin && startFrame + frames <= length) return;
  const reason = `expected frames within the ${length} that there are, got ${frames} from frame ${startFrame} on`;
  throw new GrymError('GRYM_WORKSHOP_REFUSED', { reason });
}

/** A buffer in memory; what is read of it are views. */
export function sourceOf({ samples, sampleRate, channels }: AudioBuffer): AudioSource {
  const length = Math.floor(samples.length / channels);
  return {
    ...{ sampleRate, channels, frames: length },
    async read(startFrame, frames) {
      assertWithin(length, startFrame, frames);
      return samples.subarray(startFrame * channels, (startFrame + frames) * channels);
    },
  };
}

/**
 * A file, of which nothing is held: each part is read from the disk when it is asked for. Its shape is read at once. A file that ends before its
 * header promises, or becomes another one between two parts, is GRYM_AUDIO_FILE_UNREADABLE when that is met: nobody is given less than was asked
 * for. Throws what `AudioWorkshop.decodePart` throws.
 */
export async function openSourceFile(
  workshop: Pick<AudioWorkshop, 'decodePart'>,
  path: string,
  options: WorkshopOptions,
): Promise<AudioSource> {
  const unreadable = (reason: string): GrymError => new GrymError('GRYM_AUDIO_FILE_UNREADABLE', { path, reason });
  const { sampleRate, channels, totalFrames } = await workshop.decodePart(path, { startFrame: 0, frames: 1 }, options);
  const isSame = (part: DecodedPart): boolean =>
    part.sampleRate === sampleRate && part.channels === channels && part.totalFrames === totalFrames;
  return {
    ...{ sampleRate, channels, frames: totalFrames },
    async read(startFrame, frames, readOptions) {
      assertWithin(totalFrames, startFrame, frames);
      if (frames === 0) return new Float32Array(0);
      const part = await workshop.decodePart(path, { startFrame, frames }, readOptions);
      if (!isSame(part)) throw unreadable('it was changed while it was read');
      const found = part.samples.length / channels;
      if (found !== frames) throw unreadable(`it promises ${totalFrames} frames and ends after ${startFrame + found}`);
      return part.samples;
    },
  };
}

/** All of it in memory, for work that cannot be done in parts. */
export async function wholeOf(source: AudioSource, options: WorkshopOptions): Promise<AudioBuffer> {
  const { sampleRate, channels, frames } = source;
  return { samples: await source.read(0, frames, options), sampleRate, channels };
}

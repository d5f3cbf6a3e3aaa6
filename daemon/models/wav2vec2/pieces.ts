// Long audio, a piece at a time: a host never holds more of it than one piece; the daemon holds the clip that was asked about, as every step on audio does.
import type { AudioBuffer } from '../../audio/index.js';

/** What is told of each piece, and what is heard around it so that its ends sound as in the whole. Whole seconds: then frames lie on one grid. */
const KEEP_SECONDS = 20;
const CONTEXT_SECONDS = 5;

export interface AudioPiece {
  /** A view, not a copy. */
  readonly samples: Float32Array;
  readonly frames: number;
  /** Of its first frame, in the whole. */
  readonly startSeconds: number;
  readonly skipSeconds: number;
  /** Null: to the end. */
  readonly keepSeconds: number | null;
}

/** Up to 30 s are one piece. Together the kept parts are the whole, each moment once. */
export function piecesOf({ samples, sampleRate, channels }: AudioBuffer): AudioPiece[] {
  const frames = samples.length / channels;
  const count = frames <= (KEEP_SECONDS + 2 * CONTEXT_SECONDS) * sampleRate ? 1 : Math.ceil(frames / (KEEP_SECONDS * sampleRate));
  return Array.from({ length: count }, (_, index) => {
    const isLast = index === count - 1;
    const startSeconds = Math.max(0, index * KEEP_SECONDS - CONTEXT_SECONDS);
    const start = Math.round(startSeconds * sampleRate);
    const end = isLast ? frames : Math.min(frames, Math.round(((index + 1) * KEEP_SECONDS + CONTEXT_SECONDS) * sampleRate));
    return {
      samples: samples.subarray(start * channels, end * channels),
      frames: end - start,
      startSeconds,
      skipSeconds: index * KEEP_SECONDS - startSeconds,
      keepSeconds: isLast ? null : KEEP_SECONDS,
    };
  });
}

// Long audio, a piece at a time: neither the daemon nor a host ever holds more of it than one piece.
import type { AudioSource } from '../../audio/index.js';

/** What is told of each piece, and what is heard around it so that its ends sound as in the whole. Whole seconds: then frames lie on one grid. */
const KEEP_SECONDS = 20;
const CONTEXT_SECONDS = 5;

/** Where a piece lies; its samples are read when its turn comes. */
export interface AudioPiece {
  readonly startFrame: number;
  readonly frames: number;
  /** Of its first frame, in the whole. */
  readonly startSeconds: number;
  readonly skipSeconds: number;
  /** Null: to the end. */
  readonly keepSeconds: number | null;
}

/** Up to 30 s are one piece, and none is longer. Together the kept parts are the whole, each moment once. */
export function piecesOf({ frames, sampleRate }: Pick<AudioSource, 'frames' | 'sampleRate'>): AudioPiece[] {
  const count = frames <= (KEEP_SECONDS + 2 * CONTEXT_SECONDS) * sampleRate ? 1 : Math.ceil(frames / (KEEP_SECONDS * sampleRate));
  return Array.from({ length: count }, (_, index) => {
    const isLast = index === count - 1;
    const startSeconds = Math.max(0, index * KEEP_SECONDS - CONTEXT_SECONDS);
    const startFrame = Math.round(startSeconds * sampleRate);
    const end = isLast ? frames : Math.min(frames, Math.round(((index + 1) * KEEP_SECONDS + CONTEXT_SECONDS) * sampleRate));
    return {
      startFrame,
      frames: end - startFrame,
      startSeconds,
      skipSeconds: index * KEEP_SECONDS - startSeconds,
      keepSeconds: isLast ? null : KEEP_SECONDS,
    };
  });
}

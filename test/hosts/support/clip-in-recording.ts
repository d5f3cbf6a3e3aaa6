import { findPattern, peakOf } from './correlation.js';
import { readTestWav, type TestWav } from './wav.js';

export interface FoundClip {
  /** Frame of the recording at which the clip's first sample lies. */
  readonly frame: number;
  /** 1 = identical up to a gain. */
  readonly coefficient: number;
  /** The loudest sample before the clip. */
  readonly peakBefore: number;
}

const SEARCH_FRAMES = 2_400;
const PATTERN_FRAMES = 48_000;

/** Where a clip lies in a recording, looked for 50 ms around the expected frame. */
export function findClip(recording: Float32Array, clip: TestWav, expectedFrame: number): FoundClip {
  const pattern = clip.data[0]?.subarray(0, PATTERN_FRAMES) ?? new Float32Array(0);
  const { lag, coefficient } = findPattern(recording, pattern, expectedFrame - SEARCH_FRAMES, expectedFrame + SEARCH_FRAMES);
  return { frame: lag, coefficient, peakBefore: peakOf(recording, 0, lag) };
}

/** The same in a WAV file's left channel. */
export function findClipInFile(path: string, clip: TestWav, expectedFrame: number): FoundClip {
  return findClip(readTestWav(path).data[0] ?? new Float32Array(0), clip, expectedFrame);
}

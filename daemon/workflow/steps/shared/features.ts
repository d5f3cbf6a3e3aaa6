import type { AudioAnalysis } from '../../../audio/index.js';

const unit = (value: number): number => Math.min(1, Math.max(0, value));
/** 0 at `from`, 1 at `to`, linear between. */
const ramp = (value: number, from: number, to: number): number => unit((value - from) / (to - from));

/**
 * How driving a piece of audio is, 0 … 1: half its loudness (0 at −36 LUFS, 1 at −9), three tenths its onsets (1 at 8 a second) and two tenths its
 * brightness (0 at 200 Hz, 1 at 5 kHz, by the logarithm as the ear has it). Null for silence.
 */
export function energyOf({ loudnessLufs, onsetsPerSecond, brightnessHz }: AudioAnalysis): number | null {
  if (loudnessLufs === null) return null;
  const brightness = brightnessHz === null ? 0 : ramp(Math.log2(Math.max(1, brightnessHz)), Math.log2(200), Math.log2(5_000));
  return 0.5 * ramp(loudnessLufs, -36, -9) + 0.3 * ramp(onsetsPerSecond, 0, 8) + 0.2 * brightness;
}

/**
 * How much there is to follow, 0 … 1: four tenths the onsets (1 at 8 a second), three tenths the irregularity of the times between them (their
 * coefficient of variation, 1 at 1), three tenths the changes of chord (1 at one a second). Null for silence.
 */
export function complexityOf(analysis: AudioAnalysis): number | null {
  if (analysis.loudnessLufs === null) return null;
  const changes = analysis.chords.filter(({ chord }, index) => index > 0 && chord !== analysis.chords[index - 1]?.chord).length;
  const seconds = Math.max(1e-3, analysis.durationSeconds);
  return 0.4 * ramp(analysis.onsetsPerSecond, 0, 8) + 0.3 * unit(irregularity(analysis.onsetSeconds)) + 0.3 * ramp(changes / seconds, 0, 1);
}

function irregularity(times: readonly number[]): number {
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length);
  if (gaps.length < 2 || mean <= 0) return 0;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  return Math.sqrt(variance) / mean;
}

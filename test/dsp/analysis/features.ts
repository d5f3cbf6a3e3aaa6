import type { MeasuredFeature } from '../../../daemon/models/index.js';
import type { Clip } from './dsp-module.js';
import { autocorrelation, averageSpectrum, mean, powerSpectrum, total } from './spectrum.js';

// Taken out of the global object once: under Jest every look at it goes through the test's own context, which is slow in a loop.
const { abs, ceil, exp, floor, log, log10, log2, max, min, round, sqrt } = Math;

const SIZE = 4096;

function shareBetween(clip: Clip, low: number, high: number): number {
  const spectrum = averageSpectrum(clip.mono, SIZE);
  const binHertz = clip.sampleRate / SIZE;
  let inside = 0;
  for (let i = 1; i < spectrum.length; i += 1) if (i * binHertz >= low && i * binHertz < high) inside += spectrum[i] ?? 0;
  return inside / total(spectrum);
}

/** Share of the energy above four times the strongest frequency. */
function overtones(clip: Clip): number {
  const spectrum = averageSpectrum(clip.mono, SIZE * 2);
  const strongest = spectrum.indexOf(max(...spectrum));
  return shareBetween(clip, (strongest * 4 * clip.sampleRate) / (SIZE * 2), clip.sampleRate);
}

/** Mean frequency weighted by magnitude: where the sound's brightness lies. */
function centroid(clip: Clip): number {
  const spectrum = averageSpectrum(clip.mono, SIZE);
  let weighted = 0;
  let sum = 0;
  for (let i = 1; i < spectrum.length; i += 1) {
    const magnitude = sqrt(spectrum[i] ?? 0);
    weighted += magnitude * i * (clip.sampleRate / SIZE);
    sum += magnitude;
  }
  return weighted / sum;
}

/** Mean of the logarithm of frequency weighted by power: where the pitch lies. */
function pitch(clip: Clip): number {
  const spectrum = averageSpectrum(clip.mono, SIZE * 4);
  let weighted = 0;
  let sum = 0;
  for (let i = 2; i < spectrum.length; i += 1) {
    weighted += (spectrum[i] ?? 0) * log2(i * (clip.sampleRate / SIZE / 4));
    sum += spectrum[i] ?? 0;
  }
  return 2 ** (weighted / sum);
}

/** Geometric over arithmetic mean between 60 Hz and 16 kHz: 0 for a sine, near 1 for white noise. */
function flatness(clip: Clip): number {
  const spectrum = averageSpectrum(clip.mono, SIZE);
  const from = ceil(60 / (clip.sampleRate / SIZE));
  const to = floor(16_000 / (clip.sampleRate / SIZE));
  const part = spectrum.subarray(from, to);
  const faintest = total(part) * 1e-14;
  return exp(mean(part.map((power) => log(power + faintest)))) / mean(part);
}

/** Side over middle. */
function width({ left, right }: Clip): number {
  let middle = 0;
  let side = 0;
  for (let i = 0; i < left.length; i += 1) {
    middle += ((left[i] ?? 0) + (right[i] ?? 0)) ** 2;
    side += ((left[i] ?? 0) - (right[i] ?? 0)) ** 2;
  }
  return side / middle;
}

/** Seconds until this share of the energy has sounded. For one-shots. */
function energyTime(clip: Clip, share: number, withinSeconds: number): number {
  const end = min(clip.mono.length, round(withinSeconds * clip.sampleRate));
  const energy = total(clip.mono.subarray(0, end).map((value) => value * value));
  let sum = 0;
  for (let i = 0; i < end; i += 1) {
    sum += (clip.mono[i] ?? 0) ** 2;
    if (sum >= energy * share) return i / clip.sampleRate;
  }
  return end / clip.sampleRate;
}

function crest(clip: Clip): number {
  let peak = 0;
  let energy = 0;
  for (const value of clip.mono) {
    peak = max(peak, abs(value));
    energy += value * value;
  }
  return peak / sqrt(energy / clip.mono.length);
}

/** Onsets in seconds: rises of the energy within a millisecond, for drums. */
export function drumOnsets(clip: Clip): number[] {
  const frame = round(clip.sampleRate / 1000);
  const energies: number[] = [];
  for (let start = 0; start + frame <= clip.mono.length; start += frame)
    energies.push(mean(clip.mono.subarray(start, start + frame).map((value) => value * value)));
  const highest = max(...energies);
  const onsets: number[] = [];
  for (let i = 0; i < energies.length; i += 1) {
    const before = max(...energies.slice(max(0, i - 8), i), 0);
    const here = energies[i] ?? 0;
    const last = onsets.at(-1);
    if (here > highest * 0.002 && here > before * 2.5 && (last === undefined || i / 1000 - last > 0.03)) onsets.push(i / 1000);
  }
  return onsets;
}

/** Peaks of the rise of level summed over 24 bands, per second, for anything. What is 30 dB below the loudest band is not heard. */
function onsetRate(clip: Clip): number {
  const size = 1024;
  const hop = 256;
  const bands = 24;
  const frames: number[][] = [];
  for (let start = 0; start + size <= clip.mono.length; start += hop) {
    const power = powerSpectrum(clip.mono, start, size);
    const levels: number[] = [];
    for (let band = 0; band < bands; band += 1) {
      const from = floor((size / 2) ** (band / bands));
      levels.push(total(power.subarray(from, max(from + 1, floor((size / 2) ** ((band + 1) / bands))))));
    }
    frames.push(levels);
  }
  const faintest = max(...frames.map((levels) => max(...levels))) * 1e-3;
  const flux = frames
    .slice(1)
    .map((levels, i) => total(levels.map((level, band) => max(0, log10((level + faintest) / ((frames[i]?.[band] ?? 0) + faintest))))));
  const threshold = max(...flux) * 0.16;
  let count = 0;
  let last = -100;
  for (let i = 1; i + 1 < flux.length; i += 1) {
    const here = flux[i] ?? 0;
    if (here > threshold && here >= (flux[i - 1] ?? 0) && here > (flux[i + 1] ?? 0) && (i - last) * hop > clip.sampleRate * 0.05) {
      count += 1;
      last = i;
    }
  }
  return count / (clip.mono.length / clip.sampleRate);
}

/** How far the brightness wanders: mean absolute change of the logarithm of the centroid over 85 ms, where there is sound. */
function spectralMotion(clip: Clip): number {
  const values: number[] = [];
  const loudness: number[] = [];
  for (let start = 0; start + SIZE <= clip.mono.length; start += SIZE) {
    const power = powerSpectrum(clip.mono, start, SIZE);
    let weighted = 0;
    for (let i = 1; i < power.length; i += 1) weighted += i * (power[i] ?? 0);
    values.push(log2(weighted / total(power)));
    loudness.push(total(power));
  }
  const threshold = max(...loudness) * 0.01;
  const heard = values.filter((_, i) => (loudness[i] ?? 0) > threshold);
  const centre = mean(heard);
  return sqrt(mean(heard.map((value) => (value - centre) ** 2)));
}

/** Energy per pitch class, from spectral peaks between 40 and 1,100 Hz. */
export function chroma(clip: Clip): number[] {
  const size = 16_384;
  const spectrum = averageSpectrum(clip.mono, size);
  const classes = new Array<number>(12).fill(0);
  for (let i = 2; i + 1 < spectrum.length; i += 1) {
    const hertz = (i * clip.sampleRate) / size;
    if (hertz < 40 || hertz > 1100) continue;
    const here = spectrum[i] ?? 0;
    if (here < (spectrum[i - 1] ?? 0) || here < (spectrum[i + 1] ?? 0)) continue;
    // Between the bins, by a parabola through the logarithms.
    const [a, b, c] = [spectrum[i - 1] ?? 0, here, spectrum[i + 1] ?? 0].map((power) => log(power + 1e-30)) as [number, number, number];
    const exact = ((i + (a - c) / (2 * (a - 2 * b + c) || 1)) * clip.sampleRate) / size;
    const pitchClass = ((round(69 + 12 * log2(exact / 440)) % 12) + 12) % 12;
    classes[pitchClass] = (classes[pitchClass] ?? 0) + here;
  }
  const sum = total(classes);
  return classes.map((energy) => energy / sum);
}

/** How many pitch classes there are in effect: the exponential of the chroma's entropy. */
function chordSize(clip: Clip): number {
  return exp(-total(chroma(clip).map((share) => (share > 0 ? share * log(share) : 0))));
}

function majorThird(clip: Clip, root: number): number {
  const classes = chroma(clip);
  const major = classes[(root + 4) % 12] ?? 0;
  const minor = classes[(root + 3) % 12] ?? 0;
  return major / (major + minor);
}

/** Share of the energy in the 24 strongest of 32,768-point bins: falls when partials multiply, split or smear. */
function tonalFocus(clip: Clip): number {
  const spectrum = averageSpectrum(clip.mono, 32_768);
  const sorted = Array.from(spectrum).sort((a, b) => b - a);
  return total(sorted.slice(0, 24)) / total(sorted);
}

/** Energy of the even over that of all the first twelve harmonics of the key's root, for a bass. */
function evenHarmonics(clip: Clip, root: number): number {
  const size = 32_768;
  const spectrum = averageSpectrum(clip.mono, size);
  const base = 440 * 2 ** ((28 + ((((root - 28) % 12) + 12) % 12) - 69) / 12);
  let even = 0;
  let all = 0;
  for (let harmonic = 2; harmonic <= 12; harmonic += 1) {
    const centre = round((harmonic * base * size) / clip.sampleRate);
    const energy = total(spectrum.subarray(centre - 4, centre + 5));
    all += energy;
    if (harmonic % 2 === 0) even += energy;
  }
  return even / all;
}

/** 1 less the highest autocorrelation at a lag between 1 and 30 ms: what does not repeat with any pitch, as in bells and metal. */
function inharmonicity(clip: Clip): number {
  const size = 16_384;
  const spectrum = averageSpectrum(clip.mono, size);
  const lowest = round(clip.sampleRate * 0.001);
  const highest = round(clip.sampleRate * 0.03);
  const correlation = autocorrelation(spectrum, highest);
  return 1 - max(...correlation.subarray(lowest)) / (correlation[0] ?? 1);
}

function sixteenth(clip: Clip): number {
  return 15 / clip.tempoBpm;
}

/** Root mean square distance of the strokes from the grid of eighths, in seconds. */
function timing(clip: Clip): number {
  const eighth = 2 * sixteenth(clip);
  const deviations = drumOnsets(clip)
    .map((time) => time - round(time / eighth) * eighth)
    .filter((deviation) => abs(deviation) < eighth * 0.2);
  const centre = mean(deviations);
  return sqrt(mean(deviations.map((deviation) => (deviation - centre) ** 2)));
}

/** Where the strokes between the eighths fall, in sixteenths after their own place. */
function swing(clip: Clip): number {
  const step = sixteenth(clip);
  const offsets = drumOnsets(clip)
    .map((time) => (time / step) % 2)
    .filter((place) => place > 0.6 && place < 1.8)
    .map((place) => place - 1);
  return mean(offsets);
}

/** Features that are measured on a one-shot: they belong to a single sound. */
export const ONE_SHOT_FEATURES: ReadonlySet<MeasuredFeature> = new Set<MeasuredFeature>([
  'attackTime',
  'decayTime',
  'evenHarmonics',
  'tonalFocus',
  'inharmonicity',
]);

export function measure(feature: MeasuredFeature, clip: Clip, keyRoot: number): number {
  switch (feature) {
    case 'centroid':
      return centroid(clip);
    case 'lowShare':
      return shareBetween(clip, 0, 200);
    case 'overtones':
      return overtones(clip);
    case 'highShare':
      return shareBetween(clip, 5_000, clip.sampleRate);
    case 'flatness':
      return flatness(clip);
    case 'width':
      return width(clip);
    case 'attackTime':
      return energyTime(clip, 0.06, 0.5);
    case 'decayTime':
      return energyTime(clip, 0.995, 60);
    case 'onsetRate':
      return onsetRate(clip);
    case 'spectralMotion':
      return spectralMotion(clip);
    case 'pitch':
      return pitch(clip);
    case 'tempo':
      return clip.tempoBpm;
    case 'majorThird':
      return majorThird(clip, keyRoot);
    case 'timing':
      return timing(clip);
    case 'swing':
      return swing(clip);
    case 'crest':
      return crest(clip);
    case 'tonalFocus':
      return tonalFocus(clip);
    case 'evenHarmonics':
      return evenHarmonics(clip, keyRoot);
    case 'inharmonicity':
      return inharmonicity(clip);
    case 'chordSize':
      return chordSize(clip);
  }
}

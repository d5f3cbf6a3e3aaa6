// Sounds whose truth is known, because they are made here.
import { RATE } from './native-workshop.js';

// Taken out of the global object once: under Jest every look at it goes through the test's own context, which is slow in a loop.
const { exp, floor, round, sin, sqrt, PI } = Math;

/** A short click at each time, with a body around 3 kHz. */
export function clicksAt(seconds: readonly number[], lengthSeconds: number, rate = RATE): Float32Array {
  const samples = new Float32Array(round(lengthSeconds * rate));
  for (const second of seconds) {
    const start = round(second * rate);
    for (let i = 0; i < rate * 0.01 && start + i < samples.length; i += 1) {
      samples[start + i] = (samples[start + i] ?? 0) + 0.7 * exp(-i / (rate * 0.001)) * sin((2 * PI * 3000 * i) / rate);
    }
  }
  return samples;
}

export function pulse(tempoBpm: number, lengthSeconds: number, firstSeconds = 0): number[] {
  const times: number[] = [];
  for (let time = firstSeconds; time < lengthSeconds - 0.02; time += 60 / tempoBpm) times.push(time);
  return times;
}

export function sine(hertz: number, lengthSeconds: number, level = 0.5, rate = RATE): Float32Array {
  const samples = new Float32Array(round(lengthSeconds * rate));
  for (let i = 0; i < samples.length; i += 1) samples[i] = level * sin((2 * PI * hertz * i) / rate);
  return samples;
}

/** White noise, uniform, the same for a seed. */
export function noise(lengthSeconds: number, seed = 1, level = 0.3, rate = RATE): Float32Array {
  const samples = new Float32Array(round(lengthSeconds * rate));
  let state = seed >>> 0;
  for (let i = 0; i < samples.length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    samples[i] = level * (state / 2 ** 31 - 1);
  }
  return samples;
}

const notes = new Map<string, Float32Array>();

/** A note with eight falling overtones, struck and dying away. Made once: chords share their notes. */
function noteSound(midiNote: number, frames: number, rate: number): Float32Array {
  const name = `${midiNote} ${frames} ${rate}`;
  const known = notes.get(name);
  if (known !== undefined) return known;
  const samples = new Float32Array(frames);
  const step = (2 * PI * 440 * 2 ** ((midiNote - 69) / 12)) / rate;
  for (let i = 0; i < frames; i += 1) {
    let sum = 0;
    for (let harmonic = 1; harmonic <= 8; harmonic += 1) sum += sin(step * harmonic * i) / harmonic;
    samples[i] = 0.12 * sum * exp((-1.5 * i) / frames) * (i < 240 ? i / 240 : 1);
  }
  notes.set(name, samples);
  return samples;
}

export function chordSound(midiNotes: readonly number[], lengthSeconds: number, rate = RATE): Float32Array {
  const samples = new Float32Array(round(lengthSeconds * rate));
  for (const note of midiNotes) {
    const sound = noteSound(note, samples.length, rate);
    for (let i = 0; i < samples.length; i += 1) samples[i] = (samples[i] ?? 0) + (sound[i] ?? 0) / 2;
  }
  return samples;
}

export function concatenated(parts: readonly Float32Array[]): Float32Array {
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}

export function interleaved(left: Float32Array, right: Float32Array): Float32Array {
  const samples = new Float32Array(left.length * 2);
  for (let i = 0; i < left.length; i += 1) {
    samples[2 * i] = left[i] ?? 0;
    samples[2 * i + 1] = right[i] ?? 0;
  }
  return samples;
}

/** The channel as a Float32Array. */
export function channelOf(samples: Float32Array, channels: number, channel: number): Float32Array {
  const out = new Float32Array(floor(samples.length / channels));
  for (let i = 0; i < out.length; i += 1) out[i] = samples[i * channels + channel] ?? 0;
  return out;
}

export const NOTE_NAMES = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];

export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const value of samples) sum += value * value;
  return sqrt(sum / samples.length);
}

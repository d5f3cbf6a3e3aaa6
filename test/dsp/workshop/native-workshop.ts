import { createRequire } from 'node:module';
import { join } from 'node:path';
import type {
  Analysed,
  Decoded,
  DecodeOrder,
  Encoded,
  EncodeOrder,
  Fitted,
  FitOrder,
  SamplesOrder,
  Varied,
  VaryOrder,
} from '../../../daemon/audio/workshop/workshop-messages.js';
import { findPackageRoot } from '../../../daemon/kernel/index.js';

interface NativeWorkshop {
  analyse(order: SamplesOrder, control: Int32Array): Analysed | null;
  fit(order: FitOrder, control: Int32Array): Fitted | null;
  vary(order: VaryOrder, control: Int32Array): Varied | null;
  decode(order: DecodeOrder, control: Int32Array): Decoded | null;
  encode(order: EncodeOrder, control: Int32Array): Encoded | null;
}

const native = createRequire(import.meta.url)(join(findPackageRoot(), 'build/native/dsp.node')) as NativeWorkshop;

function finished<Result>(result: Result | null): Result {
  if (result === null) throw new Error('cancelled, though nobody asked for it');
  return result;
}

export const RATE = 48_000;

export const mono = (samples: Float32Array, sampleRate = RATE): SamplesOrder => ({ samples, sampleRate, channels: 1 });
export const stereo = (samples: Float32Array, sampleRate = RATE): SamplesOrder => ({ samples, sampleRate, channels: 2 });

const UNCHANGED = {
  tempoRatio: 1,
  semitones: 0,
  targetFrames: 0,
  targetLoudnessLufs: null,
  ceilingDbtp: 0,
  seamlessLoop: false,
};

/** The addon itself, in this thread: tests of sound need no worker. */
export const analyse = (audio: SamplesOrder): Analysed => finished(native.analyse(audio, new Int32Array(2)));
export const fit = (audio: SamplesOrder, plan: Partial<FitOrder>): Fitted =>
  finished(native.fit({ ...UNCHANGED, ...audio, ...plan }, new Int32Array(2)));
export const vary = (audio: SamplesOrder, plan: Omit<VaryOrder, keyof SamplesOrder>): Varied =>
  finished(native.vary({ ...audio, ...plan }, new Int32Array(2)));

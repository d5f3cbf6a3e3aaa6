import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClipReference } from '../../../protocol/index.js';

export interface TestClip {
  readonly reference: ClipReference;
  /** Left and right in turn. */
  readonly samples: Float32Array;
}

export function float32Wav(samples: Float32Array, sampleRate: number, channels = 2): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(3, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * 4, 28);
  header.writeUInt16LE(channels * 4, 32);
  header.writeUInt16LE(32, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

/** A loop of noise that is the same in every run; as long as `quarterNotes` at `tempoBpm`. */
export function writeTestClip(folder: string, quarterNotes = 4, tempoBpm = 120, sampleRate = 48_000): TestClip {
  const frames = Math.round((quarterNotes * 60 * sampleRate) / tempoBpm);
  const samples = new Float32Array(2 * frames);
  let state = 12_345;
  for (let index = 0; index < samples.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    samples[index] = (state / 2 ** 32 - 0.5) * 0.5;
  }
  const file = float32Wav(samples, sampleRate);
  const hash = createHash('sha256').update(file).digest('hex');
  const path = join(folder, `${hash}.wav`);
  writeFileSync(path, file);
  return { samples, reference: { hash, path, name: 'noise', sampleRate, channels: 2, frames, tempoBpm, quarterNotes, loop: true } };
}

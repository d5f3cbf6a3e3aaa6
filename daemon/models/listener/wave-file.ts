import { setImmediate as turn } from 'node:timers/promises';

const HEADER_BYTES = 44;
const FULL_SCALE = 32_767;
/** Written in a few milliseconds; then others have their turn. */
const SLICE = 80_000;

/** A WAV file of 16-bit PCM, mono. Samples beyond full scale are clipped. */
export async function waveFile(samples: Float32Array, sampleRate: number): Promise<Buffer> {
  const file = Buffer.alloc(HEADER_BYTES + samples.length * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // channels
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples.length * 2, 40);
  const view = new DataView(file.buffer, file.byteOffset + HEADER_BYTES, samples.length * 2);
  const { round } = Math;
  for (let from = 0; from < samples.length; from += SLICE) {
    const end = Math.min(samples.length, from + SLICE);
    for (let index = from; index < end; index += 1) {
      const sample = samples[index] ?? 0;
      view.setInt16(index * 2, round((sample > 1 ? 1 : sample < -1 ? -1 : sample) * FULL_SCALE), true);
    }
    await turn();
  }
  return file;
}

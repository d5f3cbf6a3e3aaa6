import { readFileSync } from 'node:fs';

export interface TestWav {
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  /** One array for each channel, full scale = 1. */
  readonly data: readonly Float32Array[];
}

/** Reads PCM 16, 24, 32 and float 32 WAV (also extensible); written apart from the product's own reader, to check it. */
export function readTestWav(path: string): TestWav {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') throw new Error(`${path} is not a WAV file`);
  let format = 0;
  let channels = 0;
  let sampleRate = 0;
  let bits = 0;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = at + 8;
    if (id === 'fmt ') {
      format = bytes.readUInt16LE(body);
      channels = bytes.readUInt16LE(body + 2);
      sampleRate = bytes.readUInt32LE(body + 4);
      bits = bytes.readUInt16LE(body + 14);
      if (format === 0xfffe) format = bytes.readUInt16LE(body + 24);
    } else if (id === 'data') {
      const width = bits / 8;
      const frames = Math.floor(Math.min(size, bytes.length - body) / (width * channels));
      const sampleAt = (index: number): number => {
        const offset = body + index * width;
        if (format === 3) return bytes.readFloatLE(offset);
        return bytes.readIntLE(offset, width) / 2 ** (bits - 1);
      };
      const data = Array.from({ length: channels }, (_, channel) =>
        Float32Array.from({ length: frames }, (_unused, frame) => sampleAt(frame * channels + channel)),
      );
      return { sampleRate, channels, frames, data };
    }
    at = body + size + (size % 2);
  }
  throw new Error(`${path} holds no data chunk`);
}

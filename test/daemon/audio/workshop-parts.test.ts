import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAudioWorkshop, openSourceFile, sourceOf, wholeOf, type AudioBuffer } from '../../../daemon/audio/index.js';
import { isGrymError } from '../../../daemon/kernel/index.js';

const folder = mkdtempSync(join(tmpdir(), 'grym-parts-'));
const shop = createAudioWorkshop();
const free = { signal: new AbortController().signal };
const RATE = 44_100;
const FRAMES = 50_000;
const pathOf = (name: string): string => join(folder, name);
const bytesOf = (samples: Float32Array): Buffer => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

const noise: AudioBuffer = { samples: new Float32Array(FRAMES * 2), sampleRate: RATE, channels: 2 };
for (let index = 0, state = 1; index < FRAMES * 2; index += 1) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  noise.samples[index] = 0.5 * (state / 2 ** 31 - 1);
}

const faultOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (isGrymError(error) ? `${error.code}: ${error.message}` : String(error)),
  );

beforeAll(async () => {
  for (const format of ['wav-16', 'wav-float32', 'flac-24'] as const)
    await shop.encode(noise, { path: pathOf(format), format, tags: { title: 'noise' } }, free);
});
afterAll(async () => {
  await shop.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A WAV of one channel and 16 bits whose samples are nearly all silence that no disk holds. */
function sparseWav(path: string, frames: number, sounds: readonly (readonly [frame: number, sample: number])[]): void {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + frames * 2, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(48_000, 24);
  head.writeUInt32LE(96_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(frames * 2, 40);
  const file = openSync(path, 'w');
  writeSync(file, head);
  ftruncateSync(file, 44 + frames * 2);
  for (const [frame, sample] of sounds) writeSync(file, new Uint8Array(Int16Array.of(sample).buffer), 0, 2, 44 + frame * 2);
  closeSync(file);
}

describe('a part of a file', () => {
  test.each(['wav-16', 'wav-float32', 'flac-24'])('of %s has the samples that the whole has there, and its tags', async (name) => {
    const whole = await shop.decode(pathOf(name), free);
    for (const [startFrame, frames] of [
      [0, 1],
      [0, FRAMES],
      [12_345, 20_000],
      [FRAMES - 1, 1],
    ] as const) {
      const part = await shop.decodePart(pathOf(name), { startFrame, frames }, free);
      expect(part).toMatchObject({ sampleRate: RATE, channels: 2, totalFrames: FRAMES, notices: [], tags: { title: 'noise' } });
      expect(part.format).toBe(whole.format);
      expect(bytesOf(part.samples).equals(bytesOf(whole.samples.subarray(startFrame * 2, (startFrame + frames) * 2)))).toBe(true);
    }
  });

  test('that reaches over the end is shorter, without a word; one that begins there is unreadable', async () => {
    const part = await shop.decodePart(pathOf('wav-16'), { startFrame: FRAMES - 10, frames: 1_000 }, free);
    expect(part.samples).toHaveLength(20);
    expect(part.notices).toEqual([]);
    expect(await faultOf(shop.decodePart(pathOf('wav-16'), { startFrame: FRAMES, frames: 1 }, free))).toBe(
      `GRYM_AUDIO_FILE_UNREADABLE: The audio file ${pathOf('wav-16')} cannot be read: it has 50000 frames, and a part was asked for that begins at frame 50000.`,
    );
  });

  test('that is none is refused before anything is opened', async () => {
    const part = (startFrame: number, frames: number): Promise<string> =>
      faultOf(shop.decodePart(pathOf('absent'), { startFrame, frames }, free));
    expect(await part(-1, 1)).toMatch(/GRYM_WORKSHOP_REFUSED.*a part begins at a whole frame from 0 on, got -1/);
    expect(await part(0.5, 1)).toMatch(/GRYM_WORKSHOP_REFUSED.*got 0.5/);
    expect(await part(2 ** 53, 1)).toMatch(/GRYM_WORKSHOP_REFUSED/);
    expect(await part(0, 0)).toMatch(/GRYM_WORKSHOP_REFUSED.*the length of a part in frames must lie in 1 to 268435456, got 0/);
    expect(await part(0, 1.5)).toMatch(/GRYM_WORKSHOP_REFUSED/);
    expect(await part(0, 2 ** 28 + 1)).toMatch(/GRYM_WORKSHOP_REFUSED/);
    expect(await part(0, 1)).toMatch(/GRYM_AUDIO_FILE_UNREADABLE.*No such file/);
  });

  test('of a format that cannot seek says so', async () => {
    await shop.encode({ ...noise, channels: 1 }, { path: pathOf('mono.wav'), format: 'wav-16', tags: {} }, free);
    execFileSync('sndfile-convert', ['-dwvw16', pathOf('mono.wav'), pathOf('dwvw.aif')]);
    expect((await shop.decodePart(pathOf('dwvw.aif'), { startFrame: 0, frames: 7 }, free)).samples).toHaveLength(7);
    expect(await faultOf(shop.decodePart(pathOf('dwvw.aif'), { startFrame: 1, frames: 7 }, free))).toMatch(
      /GRYM_AUDIO_FILE_UNREADABLE.*its format \(AIFF, 16 bit DWVW\) can be read from its start only, not in parts/,
    );
  });

  test('is to be had of a file of 6 GiB of samples, which no whole is', async () => {
    const frames = 1_600_000_000;
    sparseWav(pathOf('long.wav'), frames, [[frames - 1, 16_384]]);
    const part = await shop.decodePart(pathOf('long.wav'), { startFrame: frames - 3, frames: 10 }, free);
    expect(part.totalFrames).toBe(frames);
    expect([...part.samples]).toEqual([0, 0, 0.5]);
  });

  test('stops when it is cancelled', async () => {
    const stop = new AbortController();
    const work = shop.decodePart(pathOf('long.wav'), { startFrame: 0, frames: 2 ** 28 }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    expect(await faultOf(work)).toMatch(/GRYM_CANCELLED/);
  });

  test('of 300 mutated and cut files is read or refused, and none crashes', async () => {
    let state = 4_321;
    const random = (below: number): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) % below;
    execFileSync('sndfile-convert', ['-vorbis', pathOf('wav-16'), pathOf('seed.ogg')]);
    const outcomes = new Set<string>();
    for (const name of ['seed.ogg', 'flac-24']) {
      const seed = readFileSync(pathOf(name));
      for (let round = 0; round < 150; round += 1) {
        const bytes = Buffer.from(round % 3 === 0 ? seed.subarray(0, 1 + random(seed.length)) : seed);
        for (let i = 0; i < 3; i += 1) bytes[random(round % 2 === 0 ? bytes.length : Math.min(100, bytes.length))] = random(256);
        writeFileSync(pathOf('hostile'), bytes);
        const fault = await faultOf(shop.decodePart(pathOf('hostile'), { startFrame: random(FRAMES), frames: 3_000 }, free));
        outcomes.add(fault.split(':')[0] ?? '');
      }
    }
    expect([...outcomes].sort()).toEqual(['GRYM_AUDIO_FILE_UNREADABLE', 'no error']);
  });
});

describe('a source', () => {
  test('of a file and of a buffer have the same shape and the same samples', async () => {
    const file = await openSourceFile(shop, pathOf('wav-float32'), free);
    const buffer = sourceOf(noise);
    for (const source of [file, buffer]) {
      expect(source).toMatchObject({ sampleRate: RATE, channels: 2, frames: FRAMES });
      expect(bytesOf(await source.read(777, 1_000, free)).equals(bytesOf(noise.samples.subarray(1_554, 3_554)))).toBe(true);
      expect(await source.read(FRAMES, 0, free)).toHaveLength(0);
      expect(bytesOf((await wholeOf(source, free)).samples).equals(bytesOf(noise.samples))).toBe(true);
    }
  });

  test('refuses frames that do not lie within it', async () => {
    for (const source of [await openSourceFile(shop, pathOf('wav-16'), free), sourceOf(noise)]) {
      const read = (start: number, frames: number): Promise<string> => faultOf(source.read(start, frames, free));
      expect(await read(FRAMES - 1, 2)).toBe(
        'GRYM_WORKSHOP_REFUSED: The audio cannot be worked on: expected frames within the 50000 that there are, got 2 from frame 49999 on.',
      );
      for (const [start, frames] of [
        [-1, 1],
        [0, -1],
        [0.5, 1],
        [NaN, 1],
      ] as const)
        expect(await read(start, frames)).toMatch(/REFUSED/);
    }
  });

  test('of a file that ends before its header says gives what is there, and never less than was asked for', async () => {
    writeFileSync(pathOf('cut.flac'), readFileSync(pathOf('flac-24')));
    truncateSync(pathOf('cut.flac'), Math.floor(readFileSync(pathOf('flac-24')).length / 2));
    const source = await openSourceFile(shop, pathOf('cut.flac'), free);
    expect(source.frames).toBe(FRAMES);
    expect(await source.read(10_000, 5_000, free)).toHaveLength(10_000);
    expect(await faultOf(source.read(20_000, 30_000, free))).toMatch(/UNREADABLE.*it promises 50000 frames and ends after 2\d{4}\./);
    expect(await faultOf(source.read(40_000, 10, free))).toMatch(/UNREADABLE.*it ends before frame 40000 or is damaged there/);
  });

  test('of a file that becomes another one while it is read says so', async () => {
    writeFileSync(pathOf('changing.wav'), readFileSync(pathOf('wav-16')));
    const source = await openSourceFile(shop, pathOf('changing.wav'), free);
    await shop.encode(
      { ...noise, samples: noise.samples.subarray(0, 60_000) },
      { path: pathOf('changing.wav'), format: 'wav-16', tags: {} },
      free,
    );
    expect(await faultOf(source.read(10, 10, free))).toMatch(/UNREADABLE.*it was changed while it was read/);
  });
});

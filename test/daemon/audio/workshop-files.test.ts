import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createAudioWorkshop, type AudioBuffer, type ExportFormat } from '../../../daemon/audio/index.js';
import { isGrymError } from '../../../daemon/kernel/index.js';

const folder = mkdtempSync(join(tmpdir(), 'grym-files-'));
const shop = createAudioWorkshop();
const free = { signal: new AbortController().signal };
const RATE = 44_100;
const FORMATS: readonly ExportFormat[] = ['wav-float32', 'wav-24', 'wav-16', 'flac-24', 'flac-16'];
const extensionOf = (format: ExportFormat): string => (format.startsWith('wav') ? 'wav' : 'flac');
const pathOf = (name: string): string => join(folder, name);

function tone(channels: number, frames = RATE, level = 0.5): AudioBuffer {
  const samples = new Float32Array(frames * channels);
  for (let i = 0; i < samples.length; i += 1) samples[i] = level * Math.sin(((i / channels) | 0) * 0.05 * (1 + (i % channels)));
  return { samples, sampleRate: RATE, channels };
}

const encode = (audio: AudioBuffer, name: string, format: ExportFormat, tags: Record<string, string> = {}) =>
  // prettier-ignore
  shop.encode(audio, { path: pathOf(name), format, tags }, free);

const faultOf = (work: Promise<unknown>): Promise<{ code: string; message: string }> =>
  work.then(
    () => ({ code: 'no error', message: '' }),
    (error: unknown) => (isGrymError(error) ? { code: error.code, message: error.message } : { code: 'other', message: String(error) }),
  );

function greatestDifference(a: Float32Array, b: Float32Array): number {
  let most = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < a.length; i += 1) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return most;
}

afterAll(async () => {
  await shop.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('round trips', () => {
  const steps = { 'wav-float32': 0, 'wav-24': 2 ** -23, 'flac-24': 2 ** -23, 'wav-16': 2 ** -15 * 2, 'flac-16': 2 ** -15 * 2 };

  test.each(FORMATS.flatMap((format) => [1, 2].map((channels) => [format, channels] as const)))(
    '%s with %d channels',
    async (format, channels) => {
      const audio = tone(channels);
      const name = `round-${channels}-${format}.${extensionOf(format)}`;
      const { bytes, clippedSamples } = await encode(audio, name, format);
      expect(bytes).toBe(readFileSync(pathOf(name)).length);
      expect(clippedSamples).toBe(0);
      const read = await shop.decode(pathOf(name), free);
      expect(read).toMatchObject({ sampleRate: RATE, channels, notices: [] });
      expect(greatestDifference(read.samples, audio.samples)).toBeLessThanOrEqual(steps[format]);
      // What sox thinks that it is.
      const soxi = (flag: string): string => execFileSync('soxi', [flag, pathOf(name)], { encoding: 'utf8' }).trim();
      expect([soxi('-r'), soxi('-c'), soxi('-s')]).toEqual([String(RATE), String(channels), String(RATE)]);
      expect(soxi('-b')).toBe(format.endsWith('16') ? '16' : format.endsWith('24') ? '24' : '32');
    },
  );

  test('AIFF and OGG, as sox writes them, are read', async () => {
    await encode(tone(2), 'source.wav', 'wav-24');
    execFileSync('sox', [pathOf('source.wav'), '-b', '24', pathOf('other.aiff')]);
    execFileSync('sox', [pathOf('source.wav'), '-C', '8', pathOf('other.ogg')]);
    const aiff = await shop.decode(pathOf('other.aiff'), free);
    expect(greatestDifference(aiff.samples, tone(2).samples)).toBeLessThan(2 ** -22);
    expect(aiff.format).toMatch(/^AIFF/);
    const ogg = await shop.decode(pathOf('other.ogg'), free);
    expect(ogg.format).toMatch(/^OGG/);
    expect(ogg.samples).toHaveLength(RATE * 2);
    expect(greatestDifference(ogg.samples, tone(2).samples)).toBeLessThan(0.05);
  });

  test('the same content gives the same bytes', async () => {
    for (const format of FORMATS) {
      await encode(tone(2, 5_000), 'first', format, { title: 'One' });
      await encode(tone(2, 5_000), 'second', format, { title: 'One' });
      expect(readFileSync(pathOf('first')).equals(readFileSync(pathOf('second')))).toBe(true);
    }
  });

  test('16 bits are dithered: what is smaller than a step survives as noise around its mean', async () => {
    const level = 0.3 / 32_768;
    await encode({ samples: new Float32Array(RATE).fill(level), sampleRate: RATE, channels: 1 }, 'faint.wav', 'wav-16');
    const { samples } = await shop.decode(pathOf('faint.wav'), free);
    const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
    expect(mean * 32_768).toBeCloseTo(0.3, 1);
    const steps = new Set(Array.from(samples, (value) => value * 32_768));
    expect([...steps].sort((a, b) => a - b)).toEqual([-1, 0, 1]);
  });

  test('what does not fit into whole numbers is clipped and counted; float32 keeps it', async () => {
    const audio = { samples: Float32Array.of(0.5, 1.5, -2, 0), sampleRate: RATE, channels: 1 };
    expect((await encode(audio, 'loud.wav', 'wav-24')).clippedSamples).toBe(2);
    expect((await encode(audio, 'loud-float.wav', 'wav-float32')).clippedSamples).toBe(0);
    expect((await shop.decode(pathOf('loud-float.wav'), free)).samples).toEqual(audio.samples);
  });
});

describe('tags', () => {
  const tags = {
    title: 'Übung Nr. 1 ♪',
    artist: 'grym',
    software: 'grym-synth',
    comment: 'made for a test',
    tempo: '123.5',
    key: 'A minor',
  };

  test('in WAV: fields, and the tempo where DAWs look for it', async () => {
    await encode(tone(2), 'tags.wav', 'wav-24', { ...tags, metre: '3/4' });
    const read = (await shop.decode(pathOf('tags.wav'), free)).tags;
    expect(read).toMatchObject({ title: tags.title, artist: 'grym', tempo: '123.5', comment: 'made for a test; key: A minor; metre: 3/4' });
    expect(read['software']).toMatch(/^grym-synth/);
    const info = execFileSync('sndfile-info', [pathOf('tags.wav')], { encoding: 'utf8' });
    expect(info).toMatch(/Tempo +: 123\.5/);
    expect(info).toMatch(/Beats +: 2/);
    expect(info).toMatch(/Meter +: 3\/4/);
  });

  test('in FLAC: what has no field is in the comment', async () => {
    await encode(tone(2), 'tags.flac', 'flac-16', tags);
    const read = (await shop.decode(pathOf('tags.flac'), free)).tags;
    expect(read).toMatchObject({ title: tags.title, comment: 'made for a test; key: A minor; tempo: 123.5' });
  });

  test('that are none are refused', async () => {
    expect((await faultOf(encode(tone(1), 'x.wav', 'wav-16', { 'no name': 'x' }))).code).toBe('GRYM_WORKSHOP_REFUSED');
  });
});

describe('hostile files', () => {
  const wav = async (): Promise<Buffer> => {
    await encode(tone(2, 3_000), 'seed.wav', 'wav-16', { title: 'seed', tempo: '120' });
    return readFileSync(pathOf('seed.wav'));
  };
  const read = async (bytes: Buffer | string) => {
    // prettier-ignore
    writeFileSync(pathOf('hostile'), bytes);
    return shop.decode(pathOf('hostile'), free);
  };

  test.each([
    ['empty', ''],
    ['a text', 'RIFFling through the shelves, WAVEs of dust'],
    ['only a head', 'RIFF\x24\0\0\0WAVE'],
    ['another format', 'OggT and nothing else in here'],
    ['a FLAC of nothing', `fLaC${'\xff'.repeat(64)}`],
  ])('%s: unreadable, with a reason', async (_, content) => {
    const { code, message } = await faultOf(read(Buffer.from(content, 'latin1')));
    expect(code).toBe('GRYM_AUDIO_FILE_UNREADABLE');
    expect(message).toMatch(/cannot be read: \S/);
  });

  test('that are no files, or not there', async () => {
    for (const path of [folder, pathOf('absent.wav'), '/dev/zero']) {
      expect((await faultOf(shop.decode(path, free))).code).toBe('GRYM_AUDIO_FILE_UNREADABLE');
    }
    execFileSync('mkfifo', [pathOf('pipe.wav')]);
    expect((await faultOf(shop.decode(pathOf('pipe.wav'), free))).message).toMatch(/no ordinary file/);
  });

  test('three channels are refused with their number', async () => {
    execFileSync('sox', ['-n', '-c', '3', '-r', '48000', pathOf('three.wav'), 'synth', '0.1', 'sine', '440']);
    expect((await faultOf(shop.decode(pathOf('three.wav'), free))).message).toMatch(/it has 3 channels, and one or two are read/);
  });

  test('a promise of 2 GiB in 12 kB costs no memory and no crash', async () => {
    const bytes = await wav();
    bytes.writeUInt32LE(0x7fff_0000, bytes.indexOf('data') + 4);
    const { samples } = await read(bytes);
    expect(samples.length).toBeLessThanOrEqual(6_000);
  });

  test('samples that are no numbers are silenced, and that is said', async () => {
    const audio = tone(1, 1_000);
    audio.samples.set([NaN, Infinity, -Infinity, 1e30], 10);
    await encode(audio, 'nan.wav', 'wav-float32');
    const { samples, notices } = await shop.decode(pathOf('nan.wav'), free);
    expect(Array.from(samples.subarray(10, 14))).toEqual([0, 0, 0, 0]);
    expect(notices.join()).toMatch(/^4 samples were no numbers/);
    expect(samples.every((value) => Number.isFinite(value))).toBe(true);
  });

  test('600 mutated and cut files of four formats: each is read or refused, none crashes', async () => {
    await wav();
    execFileSync('sox', [pathOf('seed.wav'), pathOf('seed.aiff')]);
    execFileSync('sox', [pathOf('seed.wav'), pathOf('seed.flac')]);
    execFileSync('sox', [pathOf('seed.wav'), pathOf('seed.ogg')]);
    let state = 12_345;
    const random = (below: number): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) % below;
    let readable = 0;
    for (const name of ['seed.wav', 'seed.aiff', 'seed.flac', 'seed.ogg']) {
      const seed = readFileSync(pathOf(name));
      for (let round = 0; round < 150; round += 1) {
        const bytes = Buffer.from(round % 3 === 0 ? seed.subarray(0, random(seed.length)) : seed);
        // Most of the mutations where formats keep their promises: in the first hundred bytes.
        for (let i = 0; i < 1 + random(4) && bytes.length > 0; i += 1)
          bytes[random(round % 2 === 0 ? bytes.length : Math.min(100, bytes.length))] = random(256);
        const { code } = await faultOf(read(bytes));
        expect(['no error', 'GRYM_AUDIO_FILE_UNREADABLE']).toContain(code);
        if (code === 'no error') readable += 1;
      }
    }
    // Both ends were reached.
    expect(readable).toBeGreaterThan(100);
    expect(readable).toBeLessThan(550);
  });
});

describe('writing', () => {
  test('leaves nothing behind where it cannot', async () => {
    expect((await faultOf(encode(tone(1), 'absent/x.wav', 'wav-16'))).code).toBe('GRYM_EXPORT_UNWRITABLE');
    const controller = new AbortController();
    const long = tone(2, RATE * 60);
    const writing = faultOf(shop.encode(long, { path: pathOf('long.flac'), format: 'flac-24', tags: {} }, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 30);
    expect((await writing).code).toBe('GRYM_CANCELLED');
    // The thread has seen the cancel once it answers again.
    await encode(tone(1, 10), 'after.wav', 'wav-16');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part') || name === 'long.flac')).toEqual([]);
  });

  test('replaces a file as a whole', async () => {
    await encode(tone(1, 100), 'again.wav', 'wav-16');
    await encode(tone(1, 200), 'again.wav', 'wav-16');
    expect((await shop.decode(pathOf('again.wav'), free)).samples).toHaveLength(200);
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  createAudioWorkshop,
  type AudioBuffer,
  type AudioWorkshop,
  type AudioWorkshopOptions,
  type WorkshopOptions,
} from '../../../daemon/audio/index.js';
import { findPackageRoot, isGrymError } from '../../../daemon/kernel/index.js';
import { createProceduralGenerator } from '../../../daemon/models/index.js';

const open: AudioWorkshop[] = [];
const folders: string[] = [];
const RATE = 48_000;
const free = (): { signal: AbortSignal } => ({ signal: new AbortController().signal });

function workshop(options: AudioWorkshopOptions = {}): AudioWorkshop {
  const made = createAudioWorkshop(options);
  open.push(made);
  return made;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'grym-workshop-'));
  folders.push(folder);
  return folder;
}

function moduleThat(source: string): string {
  const path = join(temporaryFolder(), 'module.cjs');
  writeFileSync(path, source);
  return path;
}

/** A chord that trembles, so that every part of the analysis has something to do. */
function music(seconds: number): AudioBuffer {
  const samples = new Float32Array(seconds * RATE * 2);
  for (let i = 0; i < samples.length; i += 1)
    samples[i] = ((((i >> 1) * (220 + 110 * (i & 1))) % RATE) / RATE - 0.5) * (i % 24_000 < 8_000 ? 0.6 : 0.1);
  return { samples, sampleRate: RATE, channels: 2 };
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (isGrymError(error) ? error.code : String(error)),
  );

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.dispose()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('the workshop', () => {
  test('works on a copy: the samples stay as they are, and a part of an array is only that part', async () => {
    const audio = music(2);
    const before = audio.samples.slice();
    const shop = workshop();
    const whole = await shop.analyse(audio, free());
    expect(audio.samples).toEqual(before);
    const part = await shop.analyse({ ...audio, samples: audio.samples.subarray(RATE, RATE * 3) }, free());
    expect(whole.durationSeconds).toBe(2);
    expect(part.durationSeconds).toBe(1);
    const shared = new Float32Array(new SharedArrayBuffer(audio.samples.byteLength));
    shared.set(audio.samples);
    expect(await shop.analyse({ ...audio, samples: shared }, free())).toEqual(whole);
  });

  test('fits and varies through the same door, with what was done', async () => {
    const shop = workshop();
    const audio = music(2);
    const plan = { sourceTempoBpm: 120, targetTempoBpm: 125, targetFrames: 90_000, targetLoudnessLufs: -16 };
    const fitted = await shop.fit(audio, plan, free());
    expect(fitted).toMatchObject({ sampleRate: RATE, channels: 2 });
    expect(fitted.samples).toHaveLength(180_000);
    expect(fitted.loudnessLufs).toBeCloseTo(-16, 0);
    const varied = await shop.vary(
      audio,
      { seed: 1, strength: 0.5, cutSeconds: [1.5, 0.5, 1], targetFrames: 50_000, kind: 'continue' },
      free(),
    );
    expect(varied.samples).toHaveLength(100_000);
    expect(varied.changes.length).toBeGreaterThan(0);
  });

  test('tells how far it is, ever upwards', async () => {
    const fractions: number[] = [];
    await workshop().analyse(music(20), { ...free(), onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions.length).toBeGreaterThan(2);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  // The same work in a second workshop is the clock: it goes as fast or as slow as the machine does.
  test.each(['analyse', 'fit', 'vary'] as const)(
    '%s: cancelled, it stops by itself and frees its thread before the same work, left alone, is half as far again',
    async (kind) => {
      const loads = join(temporaryFolder(), 'loads');
      const real = JSON.stringify(join(findPackageRoot(), 'build/native/dsp.node'));
      const counted = moduleThat(`require('node:fs').appendFileSync(${JSON.stringify(loads)}, 'x'); module.exports = require(${real});`);
      const [shop, twin] = [workshop({ worker: { modulePath: counted } }), workshop()];
      const everySecond = Array.from({ length: 119 }, (_, index) => index + 1);
      const work = {
        analyse: (by: AudioWorkshop, options: WorkshopOptions) => by.analyse(audio, options),
        fit: (by: AudioWorkshop, options: WorkshopOptions) => by.fit(audio, { semitones: 3, targetLoudnessLufs: -12 }, options),
        vary: (by: AudioWorkshop, options: WorkshopOptions) =>
          by.vary(audio, { seed: 1, strength: 1, cutSeconds: everySecond, targetFrames: RATE * 240, kind: 'continue' }, options),
      }[kind];
      const audio = music(120);
      const tiny: AudioBuffer = { samples: new Float32Array(64), sampleRate: RATE, channels: 1 };
      await Promise.all([shop.analyse(tiny, free()), twin.analyse(tiny, free())]);
      const [cancelling, leaving] = [new AbortController(), new AbortController()];
      let reached = 0;
      const other = codeOf(work(twin, { signal: leaving.signal, onProgress: (fraction) => (reached = fraction) }));
      const answers: string[] = [];
      const begun = new Promise<void>((resolve) => {
        const onProgress = (fraction: number): void => (fraction > 0 ? resolve() : undefined);
        void codeOf(work(shop, { signal: cancelling.signal, onProgress })).then((code) => answers.push(code));
      });
      await begun;
      const reachedBefore = reached;
      cancelling.abort();
      await shop.analyse(tiny, free());
      expect(reached - reachedBefore).toBeLessThan(0.5);
      expect(answers).toEqual(['GRYM_CANCELLED']);
      expect(readFileSync(loads, 'utf8')).toBe('x');
      leaving.abort();
      expect(await other).toBe('GRYM_CANCELLED');
    },
  );

  test('a cancel is answered while the work still runs; a thread that does not look at its flag is given up for another', async () => {
    const real = JSON.stringify(join(findPackageRoot(), 'build/native/dsp.node'));
    const path = moduleThat(`const real = require(${real});
      module.exports = { analyse(order, control) { if (order.samples.length < 100) return real.analyse(order, control); Atomics.store(control, 1, 500); for (;;); } };`);
    const shop = workshop({ worker: { modulePath: path } });
    const controller = new AbortController();
    const endless = shop.analyse(music(1), { signal: controller.signal, onProgress: (fraction) => fraction === 0.5 && controller.abort() });
    expect(await codeOf(endless)).toBe('GRYM_CANCELLED');
    expect(await codeOf(shop.analyse({ samples: new Float32Array(64), sampleRate: RATE, channels: 1 }, free()))).toBe('no error');
  });

  test('a deadline ends it', async () => {
    const path = moduleThat('module.exports = { analyse(order, control) { while (Atomics.load(control, 0) === 0); return null; } };');
    expect(await codeOf(workshop({ deadlineMs: 150, worker: { modulePath: path } }).analyse(music(0.1), free()))).toBe(
      'GRYM_DEADLINE_EXCEEDED',
    );
  });

  test("a thread's death costs one retry, with the same samples; always dying is an error, and then a pause", async () => {
    const real = JSON.stringify(join(findPackageRoot(), 'build/native/dsp.node'));
    const marker = join(temporaryFolder(), 'died');
    const once = moduleThat(`const fs = require('node:fs'); const real = require(${real});
      module.exports = { analyse(order, control) { if (!fs.existsSync(${JSON.stringify(marker)})) { fs.writeFileSync(${JSON.stringify(marker)}, ''); process.exit(7); } return real.analyse(order, control); } };`);
    const audio = music(1);
    expect(await workshop({ worker: { modulePath: once } }).analyse(audio, free())).toEqual(await workshop().analyse(audio, free()));
    expect(existsSync(marker)).toBe(true);
    const always = workshop({
      worker: { modulePath: moduleThat('module.exports = { analyse() { process.exit(7); } };'), maximumFailures: 2 },
    });
    expect(await codeOf(always.analyse(audio, free()))).toBe('GRYM_WORKSHOP_FAILED');
    expect(await codeOf(always.analyse(audio, free()))).toBe('GRYM_WORKSHOP_UNAVAILABLE');
  });

  test('a long analysis does not hold up a generation', async () => {
    const generator = createProceduralGenerator();
    const silent = { ...free(), onProgress: (): void => undefined };
    try {
      const shop = workshop();
      const request = { prompt: 'deep bass loop, 120 bpm, 1 bar', seed: 1, sampleRate: RATE };
      await Promise.all([shop.analyse(music(0.1), free()), generator.generate(request, silent)]);
      const controller = new AbortController();
      let analysed = false;
      const analysis = shop.analyse(music(200), { signal: controller.signal }).then(() => (analysed = true), () => undefined); // prettier-ignore
      await generator.generate({ ...request, seed: 2 }, silent);
      expect(analysed).toBe(false);
      controller.abort();
      await analysis;
    } finally {
      await generator.dispose();
    }
  });

  test('after dispose nothing is accepted; what was running ends', async () => {
    const shop = workshop();
    const running = codeOf(shop.analyse(music(60), free()));
    await shop.dispose();
    expect(await running).toBe('GRYM_SHUTTING_DOWN');
    expect(await codeOf(shop.analyse(music(0.1), free()))).toBe('GRYM_SHUTTING_DOWN');
  });
});

describe('what cannot be', () => {
  const audio = music(0.5);
  const refusals: [string, (shop: AudioWorkshop) => Promise<unknown>, RegExp][] = [
    ['no samples', (shop) => shop.analyse({ ...audio, samples: new Float32Array() }, free()), /no samples/],
    ['three channels', (shop) => shop.analyse({ ...audio, channels: 3 }, free()), /one or two channels, got 3/],
    ['half a frame', (shop) => shop.analyse({ ...audio, samples: new Float32Array(3) }, free()), /no whole number of frames/],
    ['a rate of 0', (shop) => shop.analyse({ ...audio, sampleRate: 0 }, free()), /sample rate must lie in/],
    ['a rate that is no number', (shop) => shop.analyse({ ...audio, sampleRate: NaN }, free()), /sample rate must lie in/],
    ['a tempo from nowhere', (shop) => shop.fit(audio, { targetTempoBpm: 120 }, free()), /needs the tempo of the source/],
    ['ten times the tempo', (shop) => shop.fit(audio, { sourceTempoBpm: 30, targetTempoBpm: 300 }, free()), /multiple of the source/],
    ['two octaves', (shop) => shop.fit(audio, { semitones: 24 }, free()), /semitones must lie in -12 to 12/],
    ['half a frame more', (shop) => shop.fit(audio, { targetFrames: 10.5 }, free()), /whole number of frames/],
    ['endless frames', (shop) => shop.fit(audio, { targetFrames: 1e12 }, free()), /target length in frames must lie/],
    ['a loudness above full scale', (shop) => shop.fit(audio, { targetLoudnessLufs: 3 }, free()), /loudness in LUFS must lie/],
    [
      'nowhere to cut',
      (shop) => shop.vary(audio, { seed: 1, strength: 1, cutSeconds: [], targetFrames: 10, kind: 'vary' }, free()),
      /no place to be cut/,
    ],
  ];
  test.each(refusals)('%s is refused with what was expected', async (_, ask, message) => {
    const error: unknown = await ask(workshop()).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isGrymError(error, 'GRYM_WORKSHOP_REFUSED')).toBe(true);
    expect((error as Error).message).toMatch(message);
  });

  test('a missing module is said with its path', async () => {
    const path = join(findPackageRoot(), 'build/native/absent.node');
    expect(await codeOf(workshop({ worker: { modulePath: path } }).analyse(audio, free()))).toBe('GRYM_WORKSHOP_MODULE_MISSING');
  });
});

test('the version is that of the code: another module, another version', () => {
  const version = workshop().version;
  expect(version).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
  expect(workshop().version).toBe(version);
  expect(workshop({ worker: { modulePath: moduleThat('module.exports = {};') } }).version).not.toBe(version);
});

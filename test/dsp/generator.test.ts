import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { findPackageRoot, isGrymError } from '../../daemon/kernel/index.js';
import {
  createProceduralGenerator,
  type GeneratedAudio,
  type GenerateRequest,
  type Generator,
  type ProceduralOptions,
} from '../../daemon/models/index.js';

const REQUEST: GenerateRequest = { prompt: 'dark analog bass loop, 120 bpm, 2 bars, A minor', seed: 1, sampleRate: 48_000 };
const silent = { signal: new AbortController().signal, onProgress: (): void => undefined };
const open: Generator[] = [];
const folders: string[] = [];

function generator(options: ProceduralOptions = {}): Generator {
  const made = createProceduralGenerator(options);
  open.push(made);
  return made;
}

function bytesOf(clip: GeneratedAudio | undefined): Buffer {
  const samples = clip?.samples ?? new Float32Array();
  return Buffer.from(samples.buffer as ArrayBuffer, samples.byteOffset, samples.byteLength);
}

/** A module that misbehaves in place of the addon. */
function moduleThat(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'grym-dsp-'));
  folders.push(folder);
  const path = join(folder, 'module.cjs');
  writeFileSync(path, source);
  return path;
}

const codeOf = (work: Promise<GeneratedAudio>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (isGrymError(error) ? error.code : String(error)),
  );

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.dispose()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('the generator', () => {
  test('makes a clip with its facts and its reasons', async () => {
    const stages: string[] = [];
    let last = 0;
    const audio = await generator().generate(REQUEST, {
      signal: silent.signal,
      onProgress: (fraction, stage) => {
        expect(fraction).toBeGreaterThanOrEqual(last);
        last = fraction;
        stages.push(stage);
      },
    });
    expect(audio).toMatchObject({
      frames: 192_000,
      sampleRate: 48_000,
      channels: 2,
      tempoBpm: 120,
      bars: 2,
      quarterNotes: 8,
      key: 'A minor',
      loop: true,
      instrument: 'bass',
      provider: 'procedural',
      seed: 1,
    });
    expect(audio.samples.length).toBe(384_000);
    expect(audio.explanation.join('\n')).toMatch(/“dark”: tone .* → /);
    expect(last).toBe(1);
    expect(stages).toContain('rendering');
  });

  test('what has no effect is said', async () => {
    const { explanation } = await generator().generate({ ...REQUEST, prompt: 'jazzy purple kick' }, silent);
    expect(explanation).toContain('“jazzy” had no effect: kick has nothing that it could change.');
    expect(explanation).toContain('Not understood, so without effect: “purple”.');
  });

  test('renders outside the main thread: the event loop keeps turning', async () => {
    const made = generator();
    await made.generate(REQUEST, silent);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 2);
    const start = performance.now();
    await made.generate({ ...REQUEST, prompt: 'lush pad, 8 bars, 96 bpm', sampleRate: 96_000 }, silent);
    const elapsed = performance.now() - start;
    clearInterval(timer);
    // A blocked loop would turn once or twice; a free one on a busy machine still turns many times.
    expect(turns).toBeGreaterThan(elapsed / 2 / 10);
  });

  test('cancelling stops the computation, and the thread is free again', async () => {
    const made = generator();
    await made.generate(REQUEST, silent);
    const controller = new AbortController();
    const long = made.generate(
      { ...REQUEST, prompt: 'lush pad, 64 bars, 60 bpm', sampleRate: 192_000 },
      { ...silent, signal: controller.signal },
    );
    setTimeout(() => controller.abort(), 100);
    const start = performance.now();
    expect(await codeOf(long)).toBe('GRYM_CANCELLED');
    await made.generate(REQUEST, silent);
    // Without the flag the thread would have been busy for half a minute.
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('orders wait for each other and each gets its own clip', async () => {
    const made = generator();
    const clips = await Promise.all([1, 2, 1].map((seed) => made.generate({ ...REQUEST, seed }, silent)));
    expect(clips.map(({ seed }) => seed)).toEqual([1, 2, 1]);
    expect(bytesOf(clips[0]).equals(bytesOf(clips[2]))).toBe(true);
    expect(bytesOf(clips[0]).equals(bytesOf(clips[1]))).toBe(false);
  });

  test('a deadline ends it', async () => {
    const path = moduleThat('module.exports = { render(plan, control) { while (Atomics.load(control, 0) === 0); return null; } };');
    expect(
      await codeOf(generator({ deadlineMs: 200, worker: { modulePath: path } }).generate({ ...REQUEST, bars: 1, tempoBpm: 400 }, silent)),
    ).toBe('GRYM_DEADLINE_EXCEEDED');
  });

  test('a missing module is said with its path', async () => {
    const path = join(findPackageRoot(), 'build/native/absent.node');
    expect(existsSync(path)).toBe(false);
    expect(await codeOf(generator({ worker: { modulePath: path } }).generate(REQUEST, silent))).toBe('GRYM_GENERATOR_MODULE_MISSING');
  });

  test('what the module throws becomes an error of the catalogue, and the next order works', async () => {
    const made = generator({ worker: { modulePath: moduleThat("module.exports = { render() { throw new Error('out of tune'); } };") } });
    expect(await codeOf(made.generate(REQUEST, silent))).toBe('GRYM_GENERATOR_FAILED');
    expect(await codeOf(generator().generate({ ...REQUEST, sampleRate: 1 }, silent))).toBe('GRYM_GENERATOR_FAILED');
  });

  test('a thread that dies is replaced and its order tried once more; one that always dies is left alone', async () => {
    const marker = join(mkdtempSync(join(tmpdir(), 'grym-dsp-')), 'died');
    const real = JSON.stringify(join(findPackageRoot(), 'build/native/dsp.node'));
    const once = moduleThat(`const fs = require('node:fs'); const real = require(${real});
      module.exports = { render(plan, control) { if (!fs.existsSync(${JSON.stringify(marker)})) { fs.writeFileSync(${JSON.stringify(marker)}, ''); process.exit(7); } return real.render(plan, control); } };`);
    expect((await generator({ worker: { modulePath: once } }).generate(REQUEST, silent)).frames).toBe(192_000);

    const always = generator({
      worker: { modulePath: moduleThat('module.exports = { render() { process.exit(7); } };'), maximumFailures: 2 },
    });
    expect(await codeOf(always.generate(REQUEST, silent))).toBe('GRYM_GENERATOR_FAILED');
    expect(await codeOf(always.generate(REQUEST, silent))).toBe('GRYM_GENERATOR_UNAVAILABLE');
  });

  test('after dispose nothing is accepted', async () => {
    const made = generator();
    await made.dispose();
    expect(await codeOf(made.generate(REQUEST, silent))).toBe('GRYM_SHUTTING_DOWN');
  });
});

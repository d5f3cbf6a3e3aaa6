import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { AudioWorkshop } from '../../../../daemon/audio/index.js';
import { GrymError } from '../../../../daemon/kernel/index.js';
import { exportFile, fileNameOf } from '../../../../daemon/workflow/steps/shared/export-files.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { clicks, noise, tone } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const temporary = temporaryFolders();
let bench: StepBench;
let folder: string;
beforeEach(async () => {
  folder = join(temporary(), 'exports');
  bench = await openStepBench(temporary());
});
afterEach(() => bench.close());

const clipOf = async (name: string, hertz = 200, seconds = 1): Promise<string> => (await bench.file(tone(hertz, seconds), { name })).hash;
const decode = (path: string): ReturnType<AudioWorkshop['decode']> => bench.workshop.decode(path, { signal: new AbortController().signal });

it.each(['wav-float32', 'wav-24', 'wav-16', 'flac-24', 'flac-16'])('writes %s with the sound and the facts of the clip', async (format) => {
  const { hash } = await bench.file(clicks(128, 2), { name: 'clicks', tempoBpm: 128, key: 'F# minor', prompt: 'some clicks' });
  const { output } = await bench.run('export', { clips: [hash], folder, format });
  const [file] = output.files;
  expect(file).toMatchObject({ clip: hash, path: join(folder, `clicks.${format.startsWith('wav') ? 'wav' : 'flac'}`), existed: false });
  expect(readFileSync(file.path).byteLength).toBe(file.bytes);
  const read = await decode(file.path);
  const source = await decode(bench.library.get(hash).path);
  expect(read.samples).toHaveLength(source.samples.length);
  // At 16 bits one step and its dither.
  const error = read.samples.reduce((most, sample, index) => Math.max(most, Math.abs(sample - (source.samples[index] ?? 0))), 0);
  expect(error).toBeLessThan(format.endsWith('16') ? 2 / 32_768 : 1 / 2 ** 22);
  expect(read.tags['title']).toBe('clicks');
  expect(JSON.stringify(read.tags)).toContain('F# minor');
  expect(JSON.stringify(read.tags)).toContain('128');
});

it('is imported again with its name, tempo and key', async () => {
  const { hash } = await bench.file(noise(2), { name: 'round trip', tempoBpm: 97.5, key: 'D dorian', prompt: 'a; b' });
  const { output } = await bench.run('export', { clips: [hash], folder, format: 'flac-24' });
  expect((await bench.run('import', { path: output.files[0].path })).output).toMatchObject({
    name: 'round trip',
    tempoBpm: 97.5,
    key: 'D dorian',
  });
});

it('finds what it wrote, when it is done again', async () => {
  const params = { clips: [await clipOf('one'), await clipOf('two', 300)], folder };
  const first = await bench.run('export', params);
  const second = await bench.run('export', params, { attempt: 2, idempotencyKey: 'another run' });
  expect(second.output.files.map(({ path }: { path: string }) => path)).toEqual(
    first.output.files.map(({ path }: { path: string }) => path),
  );
  expect(second.output.files.map(({ existed }: { existed: boolean }) => existed)).toEqual([true, true]);
  expect(readdirSync(folder).sort()).toEqual(['one.wav', 'two.wav']);
  expect(second.explanation[0]).toContain('2 lay there already');
});

it('never overwrites what has the name already', async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'one.wav'), 'mine');
  symlinkSync(join(folder, 'nowhere'), join(folder, 'one (2).wav'));
  const { output } = await bench.run('export', { clips: [await clipOf('one')], folder });
  expect(basename(output.files[0].path)).toBe('one (3).wav');
  expect(readFileSync(join(folder, 'one.wav'), 'utf8')).toBe('mine');
  expect(existsSync(join(folder, 'nowhere'))).toBe(false);
});

it('gives clips of the same name files of their own', async () => {
  const { output } = await bench.run('export', { clips: [await clipOf('same', 200), await clipOf('same', 300)], folder });
  expect(output.files.map(({ path }: { path: string }) => basename(path))).toEqual(['same.wav', 'same (2).wav']);
});

it('writes stems: numbered, all as long as the longest', async () => {
  const { output } = await bench.run('export', {
    clips: [await clipOf('kick', 60, 1), await clipOf('pad', 300, 2.5)],
    folder,
    stems: true,
  });
  expect(output.files.map(({ path }: { path: string }) => basename(path))).toEqual(['01 kick.wav', '02 pad.wav']);
  const stems = await Promise.all(output.files.map(({ path }: { path: string }) => decode(path)));
  expect(stems.map(({ samples }) => samples.length)).toEqual([240_000, 240_000]);
  expect(stems[0]?.samples.subarray(96_000).every((sample) => sample === 0)).toBe(true);
});

it('numbers files that are given one name', async () => {
  const { output } = await bench.run('export', { clips: [await clipOf('a'), await clipOf('b', 300)], folder, name: 'take' });
  expect(output.files.map(({ path }: { path: string }) => basename(path))).toEqual(['01 take.wav', '02 take.wav']);
});

it.each([
  ['../../etc/passwd', '-..-etc-passwd'],
  ['a/b\\c:d*e?f"g<h>i|j', 'a-b-c-d-e-f-g-h-i-j'],
  ['  ..hidden.. ', 'hidden'],
  ['con', 'clip con'],
  ['...', 'clip'],
  ['line\nbreak\u0007\u202e', 'linebreak'],
  ['Bässe für Zoë 🎹', 'Bässe für Zoë 🎹'],
  ['x'.repeat(300), 'x'.repeat(100)],
])('makes of the name %j a file name that is safe', (name, expected) => {
  expect(fileNameOf(name, null)).toBe(expected);
});

describe('it is refused', () => {
  it('where the path is not full', async () => {
    await expect(bench.run('export', { clips: [await clipOf('a')], folder: 'exports' })).rejects.toMatchObject({
      code: 'GRYM_EXPORT_PATH',
    });
  });

  it('where a file is there', async () => {
    writeFileSync(folder, '');
    await expect(bench.run('export', { clips: [await clipOf('a')], folder })).rejects.toMatchObject({
      code: 'GRYM_EXPORT_PATH',
      message: expect.stringContaining('a file is there') as string,
    });
  });

  it('where the folder cannot be written, and nothing is left behind', async () => {
    const clips = [await clipOf('a')];
    if (process.getuid?.() === 0) {
      // Root may write anywhere but into the kernel's own folders.
      await expect(bench.run('export', { clips, folder: '/proc/self' })).rejects.toMatchObject({
        code: 'GRYM_EXPORT_UNWRITABLE',
        kind: 'resource',
      });
      return;
    }
    mkdirSync(folder, { mode: 0o500 });
    await expect(bench.run('export', { clips, folder })).rejects.toMatchObject({ code: 'GRYM_EXPORT_UNWRITABLE', kind: 'resource' });
    chmodSync(folder, 0o700);
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('leaves no half file where the disk fills up', async () => {
  mkdirSync(folder);
  const full: Pick<AudioWorkshop, 'encode'> = {
    encode: async (_audio, { path }) => {
      writeFileSync(path, 'half');
      await Promise.resolve();
      throw new GrymError('GRYM_EXPORT_UNWRITABLE', { path, reason: 'no space left on device' });
    },
  };
  const order = {
    folder,
    name: 'one',
    extension: 'wav',
    format: 'wav-24',
    key: 'k',
    tags: {},
    options: { signal: new AbortController().signal },
  } as const;
  await expect(exportFile(full, tone(200, 0.1), order)).rejects.toMatchObject({ code: 'GRYM_EXPORT_UNWRITABLE' });
  expect(readdirSync(folder)).toEqual([]);
});

it('stops when the run is cancelled, and leaves whole files only', async () => {
  const clips = [(await bench.file(noise(20), { name: 'a' })).hash, (await bench.file(noise(20, 0.1), { name: 'b' })).hash];
  const controller = new AbortController();
  const progress = (fraction: number): void => {
    if (fraction >= 0.5) controller.abort();
  };
  await expect(bench.run('export', { clips, folder }, { signal: controller.signal, progress })).rejects.toMatchObject({
    code: 'GRYM_CANCELLED',
  });
  expect(readdirSync(folder)).toEqual(['a.wav']);
});

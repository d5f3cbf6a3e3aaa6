import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AudioBuffer, ExportFormat } from '../../../../daemon/audio/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { clicks, noise, silence, sound } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
beforeEach(async () => {
  bench = await openStepBench(folder());
});
afterEach(async () => {
  await bench.close();
});

async function write(
  audio: AudioBuffer,
  name: string,
  format: ExportFormat = 'flac-24',
  tags: Record<string, string> = {},
): Promise<string> {
  const path = join(folder(), name);
  await bench.workshop.encode(audio, { path, format, tags }, { signal: new AbortController().signal });
  return path;
}

it('makes a clip of a file, its tempo and length in bars measured', async () => {
  const path = await write(clicks(120, 8), 'my loop.flac');
  const { output, explanation } = await bench.run('import', { path });
  expect(output).toMatchObject({
    name: 'my loop',
    seconds: 8,
    sampleRate: 48_000,
    channels: 2,
    loop: true,
    format: expect.stringMatching(/flac/i) as string,
  });
  expect(output.tempoBpm).toBeCloseTo(120, 0);
  expect(bench.library.get(output.clip)).toMatchObject({ name: 'my loop', provider: 'import' });
  expect(explanation.join('\n')).toMatch(/as measured \(confidence/);
});

it("believes the file's tags more than the measurement, and the user more than both", async () => {
  const path = await write(clicks(120, 8), 'tagged.flac', 'flac-16', { title: 'Drums of Doom', bpm: '60', key: 'F# minor' });
  expect((await bench.run('import', { path })).output).toMatchObject({ name: 'Drums of Doom', tempoBpm: 60, key: 'F# minor' });
  const given = { path, tempoBpm: 240, name: 'mine', key: 'C major', loop: false };
  expect((await bench.run('import', given)).output).toMatchObject({ name: 'mine', tempoBpm: 240, key: 'C major', loop: false });
});

it('does not resample', async () => {
  const path = await write(
    sound(1, (at) => 0.2 * Math.sin(2_000 * at), 22_050),
    'low.wav',
    'wav-16',
  );
  const { output } = await bench.run('import', { path });
  expect(bench.library.get(output.clip)).toMatchObject({ sampleRate: 22_050, frames: 22_050 });
});

it('makes the same clip of the same content, whatever folder it lies in', async () => {
  const path = await write(noise(1), 'a.wav', 'wav-24');
  const copy = join(folder(), 'a.wav');
  copyFileSync(path, copy);
  const first = await bench.run('import', { path });
  const second = await bench.run('import', { path: copy });
  expect(second.output.clip).toBe(first.output.clip);
  expect(bench.library.count()).toBe(1);
});

it('knows a clip that a library has made by the facts inside its file', async () => {
  const clip = await bench.file(noise(1), { name: 'known', tempoBpm: 97, key: 'D dorian', prompt: 'some noise' });
  const copy = join(folder(), 'copy.wav');
  copyFileSync(clip.path, copy);
  const { output, explanation } = await bench.run('import', { path: copy });
  expect(output).toMatchObject({ clip: clip.hash, name: 'known', tempoBpm: 97, key: 'D dorian' });
  expect(explanation.join()).toContain('facts are those inside it');
});

it('says that a tempo was assumed where none is heard', async () => {
  const { output, explanation } = await bench.run('import', { path: await write(silence(1), 'quiet.wav', 'wav-16') });
  expect(output).toMatchObject({ tempoBpm: 120, key: null });
  expect(explanation).toEqual(expect.arrayContaining(['No tempo was found in it: 120 bpm was assumed.', 'No key was found in it.']));
});

describe('a file is refused', () => {
  it('that is not there', async () => {
    const path = join(folder(), 'nothing.wav');
    await expect(bench.run('import', { path })).rejects.toMatchObject({
      code: 'GRYM_IMPORT_PATH',
      message: expect.stringContaining(path) as string,
    });
  });

  it('that is no audio', async () => {
    const path = join(folder(), 'text.wav');
    writeFileSync(path, 'this is not audio');
    await expect(bench.run('import', { path })).rejects.toMatchObject({ code: 'GRYM_AUDIO_FILE_UNREADABLE', kind: 'invalid-input' });
  });

  it('that is a folder', async () => {
    const path = join(folder(), 'folder.wav');
    mkdirSync(path);
    await expect(bench.run('import', { path })).rejects.toMatchObject({
      code: 'GRYM_IMPORT_PATH',
      message: expect.stringContaining('not a file') as string,
    });
  });

  it('whose path is not full', async () => {
    await expect(bench.run('import', { path: 'loops/a.wav' })).rejects.toMatchObject({
      code: 'GRYM_IMPORT_PATH',
      message: expect.stringContaining('full path') as string,
    });
  });
});

it('files nothing where the disk is full', async () => {
  const path = await write(noise(1), 'a.wav', 'wav-24');
  process.env['GRYM_FAILPOINTS'] = 'blob.writing=ENOSPC';
  try {
    await expect(bench.run('import', { path })).rejects.toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE', kind: 'resource' });
  } finally {
    delete process.env['GRYM_FAILPOINTS'];
  }
  expect(bench.library.count()).toBe(0);
  expect((await bench.run('import', { path }, { attempt: 2 })).output.name).toBe('a');
});

it('stops when the run is cancelled', async () => {
  const path = await write(noise(60), 'long.wav', 'wav-16');
  const controller = new AbortController();
  const running = bench.run('import', { path }, { signal: controller.signal, progress: () => controller.abort() });
  await expect(running).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});

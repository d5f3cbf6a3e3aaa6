import { rmSync, truncateSync } from 'node:fs';
import type { JsonObject } from '../../../../daemon/kernel/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { noise, tone } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
beforeEach(async () => {
  bench = await openStepBench(folder());
});
afterEach(() => bench.close());

/** Steps that open the clip's file. */
const STEPS: readonly (readonly [string, (clip: string) => JsonObject])[] = [
  ['analyse', (clip) => ({ clip })],
  ['embed', (clip) => ({ clip })],
  ['describe', (clip) => ({ clip })],
  ['vary', (clip) => ({ clip, seed: 1 })],
  ['continue', (clip) => ({ clip, seed: 1 })],
  ['fit', (clip) => ({ clip, tempoBpm: 100 })],
  ['rank', (clip) => ({ clips: [clip], loudnessLufs: -14 })],
  ['export', (clip) => ({ clips: [clip], folder: folder() })],
];

it.each(STEPS)('%s says which clip is unknown', async (name, params) => {
  await expect(bench.run(name, params('0123456789ab'))).rejects.toMatchObject({
    code: 'GRYM_CLIP_UNKNOWN',
    message: expect.stringContaining('0123456789ab') as string,
  });
});

it.each(STEPS)('%s says which file is gone', async (name, params) => {
  const { hash, path } = await bench.file(tone(300, 0.5), { name });
  rmSync(path);
  await expect(bench.run(name, params(hash))).rejects.toMatchObject({
    code: 'GRYM_CLIP_MISSING',
    message: expect.stringContaining(path) as string,
  });
});

it.each(STEPS)('%s says which file cannot be read', async (name, params) => {
  const { hash, path } = await bench.file(noise(0.5), { name });
  truncateSync(path, 30);
  await expect(bench.run(name, params(hash))).rejects.toMatchObject({
    code: 'GRYM_AUDIO_FILE_UNREADABLE',
    message: expect.stringContaining(path) as string,
  });
});

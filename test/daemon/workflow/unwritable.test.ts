import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolders, thrownBy } from '../doubles/index.js';
import { openWorkbench, untilState, type Workbench } from './workbench.js';

const folder = temporaryFolders();
let data: string;
let bench: Workbench;

beforeEach(async () => {
  data = folder();
  bench = openWorkbench(data);
  await bench.workflow.start();
});
afterEach(async () => {
  delete process.env['GRYM_FAILPOINTS'];
  await bench.close();
});

test('a library that cannot be written is reported before any work', () => {
  renameSync(bench.library.folder, join(data, 'elsewhere'));
  expect(thrownBy(() => bench.workflow.submit({ prompt: 'bass' }))).toMatchObject({
    code: 'GRYM_LIBRARY_UNWRITABLE',
    message: expect.stringContaining(bench.library.folder) as string,
  });
  expect(bench.generator.calls).toBe(0);
  expect(bench.workflow.list()).toEqual([]);
});

test('a disk that fills up while the clip is filed ends the run with the reason; earlier clips and the seed stay', async () => {
  const earlier = await bench.workflow.submit({ prompt: 'earlier' }).finished;
  process.env['GRYM_FAILPOINTS'] = 'blob.writing=ENOSPC';
  const { runId, finished } = bench.workflow.submit({ prompt: 'later', seed: 9 });
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE' });
  expect(bench.workflow.get(runId)).toMatchObject({ state: 'failed', seed: 9, error: { code: 'GRYM_LIBRARY_UNWRITABLE' } });
  expect(existsSync(earlier.clipPath ?? '')).toBe(true);
  process.env['GRYM_FAILPOINTS'] = '';
  await expect(bench.workflow.submit({ prompt: 'later', seed: 9 }).finished).resolves.toMatchObject({ state: 'done' });
});

test('a journal that cannot take the end of a run takes it later, and the clip is safe meanwhile', async () => {
  process.env['GRYM_FAILPOINTS'] = 'run.finishing=ENOSPC';
  const { runId, finished } = bench.workflow.submit({ prompt: 'bass' });
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE' });
  expect(bench.library.count()).toBe(1);
  process.env['GRYM_FAILPOINTS'] = '';
  await bench.workflow.submit({ prompt: 'lead' }).finished;
  expect((await untilState(bench.workflow, runId, 'done')).error).toBeNull();
});

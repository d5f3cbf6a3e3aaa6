import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolders } from '../doubles/index.js';
import { beginRun, item, openContextBench } from './workbench.js';

const folder = temporaryFolders();

/** As documents were written before they told how parameters came about. */
function withoutTraces(file: string): void {
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: { traces?: unknown } };
  delete data.traces;
  const body = JSON.stringify(data);
  const sum = createHash('sha256').update(body).digest('hex');
  writeFileSync(file, `{"sha256":"${sum}",\n"data":${body}}\n`);
}

test('the first documents are whole: they are read, and the index is made of them', async () => {
  const path = folder();
  let bench = openContextBench(path);
  await beginRun(bench, 'run-1', [item('prompt', 'needle', { category: 'prompt', rank: 'request' })]).snapshot(true);
  await bench.close();
  const documents = join(path, 'contexts');
  for (const name of readdirSync(documents)) withoutTraces(join(documents, name));
  for (const name of readdirSync(path).filter((entry) => entry.startsWith('context-index'))) rmSync(join(path, name));

  bench = openContextBench(path);
  expect(bench.store.load({ runId: 'run-1', workflow: 'vary', atMs: 0 }).view('')['prompt']?.value).toBe('needle');
  expect((await bench.store.query({ text: 'needle' })).items).toMatchObject([{ runId: 'run-1', value: 'needle' }]);
  expect(bench.log).toEqual([]);
  await bench.close();
});

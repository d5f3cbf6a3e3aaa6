import { jest } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DocumentStore } from '../../../daemon/storage/index.js';
import { temporaryFolders } from '../doubles/index.js';
import { beginRun, item, openContextBench } from './workbench.js';

const folder = temporaryFolders();
afterEach(() => jest.restoreAllMocks());

const idsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `run-${index}`);

test('a run that is forgotten before its document has its turn costs neither a write nor a removal of its own', async () => {
  const bench = openContextBench(folder());
  const remove = jest.spyOn(DocumentStore.prototype, 'remove');
  const ids = idsOf(40);
  const ends = ids.map((runId) => beginRun(bench, runId, [item('tempoBpm', 100)]).snapshot(true));
  bench.database.transaction(() => bench.store.forget(ids.slice(0, 39)));
  await Promise.all(ends);
  // Those that were under way already, and the one that is kept.
  expect(bench.store.statistics().documentsWritten).toBeLessThanOrEqual(5);
  // Each once as what was forgotten; those under way once more.
  expect(remove.mock.calls.length).toBeLessThanOrEqual(39 + 4);
  expect(readdirSync(join(bench.folder, 'contexts')).sort()).toEqual(['run-39.json', 'run-39.previous.json']);
  await bench.close();
});

test('many runs that end at once remove what was forgotten once', async () => {
  const bench = openContextBench(folder());
  const forgotten = idsOf(250);
  for (const runId of forgotten) beginRun(bench, runId, [item('tempoBpm', 100)]);
  bench.database.transaction(() => bench.store.forget(forgotten));
  const remove = jest.spyOn(DocumentStore.prototype, 'remove');
  await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((runId) => beginRun(bench, runId, [item('tempoBpm', 100)]).snapshot(true)));
  expect(remove).toHaveBeenCalledTimes(250);
  expect(bench.database.all("SELECT * FROM context_journal WHERE kind = 'forget'")).toEqual([]);
  await bench.close();
});

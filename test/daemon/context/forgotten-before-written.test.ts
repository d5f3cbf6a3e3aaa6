import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolders } from '../doubles/index.js';
import { beginRun, item, openContextBench } from './workbench.js';

const folder = temporaryFolders();

test('a run that is forgotten before its document has its turn costs no write', async () => {
  const bench = openContextBench(folder());
  const ids = Array.from({ length: 40 }, (_, index) => `run-${index}`);
  const ends = ids.map((runId) => {
    const context = beginRun(bench, runId, [item('tempoBpm', 100)]);
    expect(context.items()).toHaveLength(1);
    return context.snapshot(true);
  });
  bench.database.transaction(() => bench.store.forget(ids.slice(0, 39)));
  await Promise.all(ends);
  // Those that were under way already, and the one that is kept.
  expect(bench.store.statistics().documentsWritten).toBeLessThanOrEqual(5);
  await bench.store.reconcile([]);
  expect(readdirSync(join(bench.folder, 'contexts')).sort()).toEqual(['run-39.json', 'run-39.previous.json']);
  await bench.close();
});

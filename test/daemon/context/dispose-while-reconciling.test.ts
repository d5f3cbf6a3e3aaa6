import { temporaryFolders } from '../doubles/index.js';
import { beginRun, item, openContextBench } from './workbench.js';

const folder = temporaryFolders();

test('a store that is disposed while it makes up for missing documents stops, and the next one goes on', async () => {
  const data = folder();
  const killed = openContextBench(data);
  for (let index = 0; index < 30; index += 1) beginRun(killed, `run-${index}`, [item('tempoBpm', 100)]);
  killed.database.dispose();

  const second = openContextBench(data);
  const reconciling = second.store.reconcile([]);
  await second.close();
  await reconciling;
  expect(second.log).toEqual([]);
  expect(second.store.statistics().documentsWritten).toBeLessThan(30);

  const third = openContextBench(data);
  await third.store.reconcile([]);
  expect(third.database.all('SELECT run_id FROM context_runs WHERE sealed_sequence IS NULL')).toEqual([]);
  await third.close();
});

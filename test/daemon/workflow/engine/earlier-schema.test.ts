import { join } from 'node:path';
import { MIGRATIONS, openDatabase } from '../../../../daemon/storage/index.js';
import { temporaryFolders } from '../../doubles/index.js';
import { openWorkbench, untilState } from '../workbench.js';

const folder = temporaryFolders();
/** Entries of the schema's history before runs could be stopped by the journal. */
const BEFORE_STOPPING = 6;

test('open runs of a library from before the last change of the schema go on; what is more than a workflow takes is brought down to it', async () => {
  const data = folder();
  const database = openDatabase(join(data, 'grym.sqlite'), MIGRATIONS.slice(0, BEFORE_STOPPING));
  for (const [runId, sampleRate] of [
    ['ordinary', 48_000],
    ['too-fine', 384_000],
  ] as const) {
    const inputs = JSON.stringify({ prompt: 'bass', sampleRate, whenBridgeAbsent: 'wait' });
    database.run(
      `INSERT INTO runs (run_id, workflow, title, state, inputs, seed, submitted_at_ms) VALUES (:runId, 'generate', 'Generate', 'queued', :inputs, 5, 1)`,
      { runId, inputs },
    );
  }
  database.dispose();

  const bench = openWorkbench(data);
  await bench.workflow.start();
  expect(await untilState(bench.workflow, 'ordinary', 'done')).toMatchObject({ resumptions: 1, inputs: { sampleRate: 48_000 } });
  expect(await untilState(bench.workflow, 'too-fine', 'done')).toMatchObject({ inputs: { sampleRate: 192_000 } });
  await bench.close();
});

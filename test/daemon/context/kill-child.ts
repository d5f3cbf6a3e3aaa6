// Does the runs of a plan, as an engine would: what is in the journal is not done again. Says when it is ready, and when it has finished.
import { createContext, type NewContextItem, type RunContext } from '../../../daemon/context/index.js';
import { createLogger, systemClock } from '../../../daemon/kernel/index.js';
import { openDatabase } from '../../../daemon/storage/index.js';
import { join } from 'node:path';

const [folder = '', runCount = '4', stepCount = '6'] = process.argv.slice(2);
const database = openDatabase(join(folder, 'grym.sqlite'));
const logger = createLogger({ level: 'warn', format: 'plain' });
// Each second is over at once: a version of the document after every commit.
let second = 0;
const clock = { ...systemClock, monotonicMs: () => (second += 1_000) };
const { store } = createContext({ database, dataFolder: folder, ruleFolder: null, clock, logger });

function itemsOf(run: number, step: number): NewContextItem[] {
  const fact = (field: string, value: number): NewContextItem => ({
    category: 'audio-parameters',
    field,
    value,
    rank: 'analysis',
    text: `fact of run ${run}`,
  });
  return [fact('energy', ((run + step) % 10) / 10), fact('tempoBpm', 60 + step)];
}

function doStep(context: RunContext, run: number, step: number): void {
  const scope = step % 3 === 0 ? '' : `branch[${step % 3}]`;
  const path = `${scope === '' ? '' : `${scope}/`}step${step}`;
  if (context.items(path).length > 0) return;
  const at = { path, scope, position: String(step).padStart(3, '0'), step: 'analyse', capability: 'analyse.audio', atMs: 1_000 + step };
  database.transaction(() => {
    context.commit(at, itemsOf(run, step));
    context.commit(at, context.transform(scope, 'generate.audio.from-text', {}).items);
  });
}

process.stdout.write('ready\n');
const ids = Array.from({ length: Number(runCount) }, (_, run) => `run-${run}`);
const isOpen = (runId: string): boolean =>
  database.get('SELECT 1 FROM context_runs WHERE run_id = $runId AND sealed_sequence IS NOT NULL', { runId }) === undefined;
await store.reconcile(ids);
for (const [run, runId] of ids.entries()) {
  if (!isOpen(runId)) continue;
  const known = { runId, workflow: 'kill', atMs: 1_000 };
  let context = store.load(known);
  if (context.items('').length === 0) {
    context = database.transaction(() =>
      store.begin(known, [{ category: 'prompt', field: 'prompt', value: `prompt ${run}`, rank: 'request' }]),
    );
  }
  for (let step = 0; step < Number(stepCount); step += 1) {
    doStep(context, run, step);
    await context.snapshot(false);
  }
  await context.snapshot(true);
}
await store.dispose();
database.dispose();
process.stdout.write('finished\n');

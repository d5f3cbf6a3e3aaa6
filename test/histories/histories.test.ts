import { packageVersion, type JsonObject, type JsonValue } from '../../daemon/kernel/index.js';
import { newContextItemSchema, type NewContextItem } from '../../daemon/context/index.js';
import { replayHistory, type RunHistory } from '../../daemon/workflow/index.js';
import { beginRun, commit, openContextBench } from '../daemon/context/workbench.js';
import { temporaryFolders } from '../daemon/doubles/index.js';
import { readHistory, recordedReleases } from './recorded.js';

const folder = temporaryFolders();
const all = recordedReleases().flatMap(({ release, names }) => names.map((name) => [release, name] as const));

test('this release has recorded runs of every kind', () => {
  const { names } = recordedReleases().find(({ release }) => release === packageVersion()) ?? { names: [] };
  for (const kind of ['success', 'failure', 'loop', 'decision', 'rerun', 'resumed']) {
    expect(names.filter((name) => name.includes(kind))).not.toEqual([]);
  }
});

test.each(all)('%s: %s leads through the same steps to the same end', (release, name) => {
  expect(replayHistory(readHistory(release, name).history)).toEqual([]);
});

/** An item as it was said; the store adds the rest. */
function said(item: JsonObject): NewContextItem {
  const names = Object.keys(newContextItemSchema.shape);
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name))) as unknown as NewContextItem;
}

/** The items of the run and of each activation, as the present context keeps them. */
async function itemsNow({ workflow, context, activations }: RunHistory): Promise<JsonValue[]> {
  const bench = openContextBench(folder());
  const run = beginRun(bench, 'replayed', itemsOf(context).map(said), workflow);
  // Branches end in any order, and what the run knows does not depend on it.
  for (const { path, scope, position, step, items } of [...activations].reverse()) {
    const capability = items[0]?.['capability'] ?? null;
    commit(bench, run, { path, scope, position, step, capability: capability as string | null, atMs: 0 }, items.map(said));
  }
  const now = ['', ...activations.map(({ path }) => path)].map((path) =>
    run.items(path).map(({ atMs: _atMs, runId: _runId, ...item }) => item as unknown as JsonObject),
  );
  await bench.close();
  return now;
}

const itemsOf = (context: JsonValue): readonly JsonObject[] => context as readonly JsonObject[];

test.each(all)('%s: %s gives the same context', async (release, name) => {
  const { history } = readHistory(release, name);
  expect(await itemsNow(history)).toEqual([history.context, ...history.activations.map(({ items }) => items)]);
});

test('a history that is not what the graph does is found', () => {
  const [release, name] = all.find(([, file]) => file.includes('success')) ?? ['', ''];
  const { history } = readHistory(release, name);
  const [first, ...others] = history.activations;
  if (first === undefined) throw new Error('a run without steps');
  const changed = { ...history, activations: [{ ...first, params: { ...first.params, value: 'something else' } }, ...others] };
  expect(replayHistory(changed)).toEqual([expect.stringContaining(`${first.path}: was `)]);
  expect(replayHistory({ ...history, activations: others })).not.toEqual([]);
  expect(replayHistory({ ...history, end: { ...history.end, outputs: { digest: 'another' } } })).toEqual([
    expect.stringContaining('the end: was done'),
  ]);
});

import { packageVersion, type JsonObject } from '../../daemon/kernel/index.js';
import type { NewContextItem } from '../../daemon/context/index.js';
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

/** Items as a step says them: what the store adds is taken away. */
function said(item: JsonObject): NewContextItem {
  const { workflow: _workflow, path: _path, scope: _scope, position: _position, ordinal: _ordinal, rule: _rule, ...rest } = item;
  return rest as unknown as NewContextItem;
}

function itemsNow({ workflow, context, activations }: RunHistory): { context: JsonObject[]; activations: JsonObject[][] } {
  const bench = openContextBench(folder());
  const run = beginRun(bench, 'replayed', (context as unknown as JsonObject[]).map(said), workflow);
  // In any order: the merged context does not depend on it.
  for (const { path, scope, position, step, items } of [...activations].reverse()) {
    commit(bench, run, { path, scope, position, step, capability: null, atMs: 0 }, items.map(said));
  }
  const read = (path: string): JsonObject[] =>
    run.items(path).map(({ atMs: _atMs, runId: _runId, ...item }) => item as unknown as JsonObject);
  return { context: read(''), activations: activations.map(({ path }) => read(path)) };
}

test.each(all)('%s: %s gives the same context', (release, name) => {
  const { history } = readHistory(release, name);
  const now = itemsNow(history);
  const withoutRules = (items: readonly JsonObject[]): JsonObject[] => items.map((item) => ({ ...item, rule: null }));
  expect(withoutRules(now.context)).toEqual(withoutRules(history.context as unknown as JsonObject[]));
  expect(now.activations.map(withoutRules)).toEqual(history.activations.map(({ items }) => withoutRules(items)));
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

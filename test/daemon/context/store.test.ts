import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { contextDocumentSchema } from '../../../daemon/context/index.js';
import { DocumentStore } from '../../../daemon/storage/index.js';
import { temporaryFolders, thrownBy } from '../doubles/index.js';
import { beginRun, commit, item, openContextBench, source, type ContextBench } from './workbench.js';

const folder = temporaryFolders();

const load = (bench: ContextBench, runId: string): ReturnType<ContextBench['store']['load']> =>
  bench.store.load({ runId, workflow: 'vary', atMs: 0 });
const journalRows = (bench: ContextBench, runId: string): number =>
  bench.database.all('SELECT sequence FROM context_journal WHERE run_id = $runId', { runId }).length;

function documentOf(bench: ContextBench, runId: string): ReturnType<DocumentStore<unknown>['read']> {
  const documents = new DocumentStore({
    folder: join(bench.folder, 'contexts'),
    schema: contextDocumentSchema,
    onProblem: () => undefined,
  });
  return documents.read(runId);
}

test('what was committed is there after a restart, with all that is known of it', async () => {
  const path = folder();
  let bench = openContextBench(path);
  const context = beginRun(bench, 'run-1', [
    item('prompt', 'dark bass', { rank: 'request', category: 'prompt', tags: ['mine'], priority: 3 }),
  ]);
  commit(bench, context, source('takes[0]/analyse', '2', { scope: 'takes[0]', capability: 'analyse.audio' }), [
    item('tempoBpm', 120, { confidence: 0.7, text: 'steady' }),
    item('guidance', 3, { rule: 'energy-to-guidance' }),
  ]);
  const [before, view] = [context.items(), context.view('takes[0]')];
  expect(before).toEqual([
    {
      ...{ category: 'prompt', field: 'prompt', value: 'dark bass', rank: 'request', confidence: 1, tags: ['mine'], priority: 3, text: '' },
      ...{ rule: null, runId: 'run-1', workflow: 'vary', path: '', scope: '', position: '', ordinal: 0, step: '', capability: null },
      atMs: bench.clock.nowMs(),
    },
    expect.objectContaining({ field: 'tempoBpm', path: 'takes[0]/analyse', step: 'analyse', capability: 'analyse.audio', ordinal: 0 }),
    expect.objectContaining({ field: 'guidance', rule: 'energy-to-guidance', ordinal: 1 }),
  ]);
  await bench.close();
  bench = openContextBench(path);
  const after = load(bench, 'run-1');
  expect(after.items()).toEqual(before);
  expect(after.view('takes[0]')).toEqual(view);
  expect(after.run).toEqual({ runId: 'run-1', workflow: 'vary', atMs: bench.clock.nowMs() });
  await bench.close();
});

test('a transaction that is rolled back leaves neither journal nor memory ahead of the other', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'run-1', [item('tempoBpm', 100)]);
  const failing = (): void =>
    bench.database.transaction(() => {
      context.commit(source('analyse', '1'), [item('tempoBpm', 120)]);
      // The next step starts in the same transaction, and sees what was committed in it.
      expect(context.view('')['tempoBpm']?.value).toBe(120);
      throw new Error('disk full');
    });
  expect(failing).toThrow('disk full');
  expect(context.view('')['tempoBpm']?.value).toBe(100);
  expect(failing).toThrow('disk full');
  commit(bench, context, source('analyse', '1'), [item('tempoBpm', 130)]);
  expect(context.items('analyse')).toMatchObject([{ value: 130, ordinal: 0 }]);
  expect(load(bench, 'run-1').items()).toEqual(context.items());
  await bench.close();
});

test('a run whose beginning is rolled back was never there', async () => {
  const bench = openContextBench(folder());
  expect(() =>
    bench.database.transaction(() => {
      bench.store.begin({ runId: 'run-1', workflow: 'vary', atMs: 1 }, [item('tempoBpm', 100)]);
      throw new Error('refused');
    }),
  ).toThrow('refused');
  expect(load(bench, 'run-1').items()).toEqual([]);
  await bench.close();
});

test('an item that cannot be taken is refused before anything is written', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'run-1');
  expect(thrownBy(() => commit(bench, context, source('analyse', '1'), [item('tempoBpm', 120), item('energy', 7)]))).toMatchObject({
    code: 'GRYM_CONTEXT_ITEM_INVALID',
  });
  expect(thrownBy(() => bench.store.check([item('energy', 7)]))).toMatchObject({ code: 'GRYM_CONTEXT_ITEM_INVALID' });
  expect(journalRows(bench, 'run-1')).toBe(0);
  await bench.close();
});

test('several commits of one activation count its items on', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'run-1');
  commit(bench, context, source('make', '1'), [item('guidance', 2), item('steps', 20)]);
  commit(bench, context, source('make', '1'), [item('guidance', 3)]);
  expect(context.items('make').map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
  expect(context.view('')['guidance']?.value).toBe(3);
  await bench.close();
});

test('a run takes over items of another one as they are', async () => {
  const bench = openContextBench(folder());
  const first = beginRun(bench, 'run-1', [item('tempoBpm', 100)]);
  commit(bench, first, source('analyse', '1', { atMs: 5 }), [item('key', 'A minor')]);
  const second = beginRun(bench, 'run-2');
  bench.database.transaction(() => second.adopt(load(bench, 'run-1').items('analyse')));
  expect(second.items()).toEqual([{ ...first.items('analyse')[0], runId: 'run-2' }]);
  await bench.close();
});

test('the document is written at most once a second, and says up to which change', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'run-1', [item('tempoBpm', 100)]);
  await context.snapshot(false);
  bench.clock.turn(999);
  await context.snapshot(false);
  expect(documentOf(bench, 'run-1')).toBeNull();
  bench.clock.turn(1);
  await context.snapshot(false);
  expect(documentOf(bench, 'run-1')).toMatchObject({ runId: 'run-1', appliedSequence: 1, items: [{ field: 'tempoBpm' }] });
  commit(bench, context, source('analyse', '1'), [item('key', 'A minor')]);
  await context.snapshot(false);
  expect(documentOf(bench, 'run-1')).toMatchObject({ appliedSequence: 1 });
  bench.clock.turn(1_000);
  await context.snapshot(false);
  expect(documentOf(bench, 'run-1')).toMatchObject({ appliedSequence: 2, items: [{ field: 'tempoBpm' }, { field: 'key' }] });
  expect(bench.store.statistics().documentsWritten).toBe(2);
  await bench.close();
});

test('at its end a run moves from the journal into its document, and stays as it was', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'run-1', [item('tempoBpm', 100)]);
  commit(bench, context, source('analyse', '1'), [item('key', 'A minor')]);
  const open = beginRun(bench, 'run-2', [item('tempoBpm', 90)]);
  await context.snapshot(true);
  expect(journalRows(bench, 'run-1')).toBe(0);
  expect(journalRows(bench, 'run-2')).toBe(1);
  expect(load(bench, 'run-1').items()).toEqual(context.items());
  expect(load(bench, 'run-2').items()).toEqual(open.items());
  await bench.close();
});

test('what is said after the end of a run is read after its document', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'run-1', [item('tempoBpm', 100)]);
  await context.snapshot(true);
  const later = load(bench, 'run-1');
  commit(bench, later, source('keep', '9'), [item('mood', 'dark')]);
  expect(load(bench, 'run-1').items()).toMatchObject([{ field: 'tempoBpm' }, { field: 'mood' }]);
  await bench.close();
});

test('a document that cannot be written keeps the rows in the journal, and the run does not notice', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'run-1', [item('tempoBpm', 100)]);
  process.env['GRYM_FAILPOINTS'] = 'document.writing=ENOSPC';
  await context.snapshot(true);
  process.env['GRYM_FAILPOINTS'] = '';
  expect(bench.log.join()).toContain('the journal holds all of it');
  expect(journalRows(bench, 'run-1')).toBe(1);
  // The next start makes good for it.
  await bench.store.reconcile([]);
  expect(documentOf(bench, 'run-1')).toMatchObject({ appliedSequence: 1 });
  expect(journalRows(bench, 'run-1')).toBe(0);
  await bench.close();
});

test('after a start, ended runs get the document that a kill prevented; open ones stay in the journal', async () => {
  const path = folder();
  let bench = openContextBench(path);
  for (const runId of ['open', 'ended-1', 'ended-2']) beginRun(bench, runId, [item('tempoBpm', 100)]);
  beginRun(bench, 'ended-empty');
  await bench.close();
  bench = openContextBench(path);
  await bench.store.reconcile(['open']);
  expect(['open', 'ended-1', 'ended-2'].map((runId) => journalRows(bench, runId))).toEqual([1, 0, 0]);
  expect(readdirSync(join(path, 'contexts')).sort()).toEqual(
    ['ended-1.json', 'ended-1.previous.json', 'ended-2.json', 'ended-2.previous.json'].sort(),
  );
  expect(load(bench, 'ended-empty').items()).toEqual([]);
  await bench.close();
});

test('forgotten runs leave journal, index and folder; the others stay', async () => {
  const bench = openContextBench(folder());
  for (const runId of ['one', 'two', 'three']) await beginRun(bench, runId, [item('tempoBpm', 100, { text: 'hello' })]).snapshot(true);
  bench.database.transaction(() => bench.store.forget(['one', 'three', 'unknown']));
  expect(load(bench, 'one').items()).toEqual([]);
  expect((await bench.store.query({ text: 'hello' })).items.map(({ runId }) => runId)).toEqual(['two']);
  await beginRun(bench, 'four', [item('tempoBpm', 100)]).snapshot(true);
  expect(readdirSync(join(bench.folder, 'contexts')).sort()).toEqual(
    ['four.json', 'four.previous.json', 'two.json', 'two.previous.json'].sort(),
  );
  expect(bench.database.all(`SELECT * FROM context_journal WHERE kind = 'forget'`)).toEqual([]);
  await bench.close();
});

test('a run that is forgotten while its document is being written leaves none behind', async () => {
  const bench = openContextBench(folder());
  const ids = ['one', 'two', 'three', 'four'];
  const ends = ids.map((runId) => beginRun(bench, runId, [item('tempoBpm', 100)]).snapshot(true));
  bench.database.transaction(() => bench.store.forget(ids));
  // Follows the journal before any of the documents is there.
  await bench.store.reconcile([]);
  await Promise.all(ends);
  expect(bench.database.all('SELECT * FROM context_journal')).toEqual([]);
  expect(readdirSync(join(bench.folder, 'contexts'))).toEqual([]);
  await bench.close();
});

test('forgetting that is rolled back has not happened', async () => {
  const bench = openContextBench(folder());
  await beginRun(bench, 'one', [item('tempoBpm', 100)]).snapshot(true);
  expect(() =>
    bench.database.transaction(() => {
      bench.store.forget(['one']);
      throw new Error('disk full');
    }),
  ).toThrow('disk full');
  await bench.store.reconcile([]);
  expect(load(bench, 'one').items()).toHaveLength(1);
  expect(existsSync(join(bench.folder, 'contexts', 'one.json'))).toBe(true);
  await bench.close();
});

test('statistics count items, rule hits and documents', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'one', [item('energy', 0.5), item('tempoBpm', 100)]);
  context.transform('', 'generate.audio.from-text', {});
  await bench.store.query({ runId: 'one' });
  await context.snapshot(true);
  expect(bench.store.statistics()).toMatchObject({
    itemsWritten: 2,
    itemsRead: 4,
    queries: 1,
    documentsWritten: 1,
    indexRebuilds: 1,
    ruleHits: { 'energy-to-guidance': 1, 'keep-tempo': 1 },
  });
  await bench.close();
});

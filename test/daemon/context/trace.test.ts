import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { temporaryFolders } from '../doubles/index.js';
import { beginRun, item, openContextBench, source, type ContextBench } from './workbench.js';
import type { RunContext, StepTrace } from '../../../daemon/context/index.js';

const folder = temporaryFolders();
const TO = 'generate.audio.from-text';

const load = (bench: ContextBench, runId = 'run-1'): RunContext => bench.store.load({ runId, workflow: 'vary', atMs: 0 });

/** As the engine does it at a step's start. */
function start(bench: ContextBench, context: RunContext, path: string, position: string, explicit = {}): void {
  bench.database.transaction(() => {
    const { items, trace } = context.transform('', TO, explicit, ['key', 'tempoBpm', 'guidance']);
    context.commit(source(path, position, { capability: TO }), items, trace);
  });
}

function heardRun(bench: ContextBench): RunContext {
  const context = beginRun(bench, 'run-1', [item('tempoBpm', 128, { rank: 'request' })]);
  bench.database.transaction(() =>
    context.commit(source('listen', '1', { capability: 'analyse.audio' }), [item('key', 'C major', { confidence: 0.8 })]),
  );
  return context;
}

const field = (trace: StepTrace | undefined, name: string): StepTrace['parameters'][number] | undefined =>
  trace?.parameters.find((entry) => entry.field === name);

test('a value that is passed on is recorded with its rule and facts, though it is no fact of its own', async () => {
  const bench = openContextBench(folder());
  const context = heardRun(bench);
  start(bench, context, 'make', '2');
  expect(context.items('make')).toEqual([]);
  expect(field(context.traces('make')[0], 'key')).toMatchObject({
    value: 'C major',
    by: 'rule',
    rule: 'keep-key',
    sources: [{ field: 'key', value: 'C major', rank: 'analysis', confidence: 0.8, path: 'listen' }],
    sentence: 'key C major by rule keep-key from key C major (analysis, confidence 0.8)',
  });
  expect(field(context.traces('make')[0], 'tempoBpm')).toMatchObject({ value: 128, rule: 'keep-tempo' });
  await bench.close();
});

test('rules that lost, were refused or failed are recorded, also where nothing is left to set', async () => {
  const path = folder();
  const rules = join(path, 'rules');
  mkdirSync(rules);
  writeFileSync(
    join(rules, 'mine.yaml'),
    `rules:
  - { rule: too-far, help: Test., to: generate.audio, set: { guidance: { from: tempoBpm } } }
  - { rule: other-key, help: Test., to: generate.audio, priority: -1, set: { key: { value: B minor } } }
`,
  );
  const bench = openContextBench(path, { ruleFolder: rules });
  bench.transformer.register({
    ...{ name: 'throws', help: 'Test', from: '*', to: 'generate.audio' },
    input: z.object({}),
    output: z.object({ guidance: z.number() }),
    apply: () => {
      throw new Error('no idea');
    },
  });
  const context = heardRun(bench);
  start(bench, context, 'make', '2', { tempoBpm: 90 });
  const [trace] = context.traces();
  expect(field(trace, 'key')).toMatchObject({
    rule: 'keep-key',
    lost: [{ value: 'B minor', rule: 'other-key', because: expect.any(String) }],
  });
  expect(field(trace, 'tempoBpm')).toMatchObject({ by: 'explicit', value: 90 });
  const guidance = field(trace, 'guidance');
  expect(guidance).toMatchObject({ by: 'nothing', value: null, rule: null, sentence: 'guidance is left open' });
  expect(guidance?.lost).toHaveLength(2);
  expect(guidance?.lost).toEqual(
    expect.arrayContaining([
      { value: 90, rule: 'too-far', because: '90 is not 0 … 50' },
      { value: null, rule: 'throws', because: 'it failed: no idea' },
    ]),
  );
  expect(context.transform('', TO, {}, ['guidance']).params).toEqual({});
  await bench.close();
});

test('traces survive a restart, the end of the run and the loss of one copy of its document', async () => {
  const path = folder();
  let bench = openContextBench(path);
  const context = heardRun(bench);
  start(bench, context, 'second', '3');
  start(bench, context, 'make', '2');
  const before = context.traces();
  expect(before.map((trace) => trace.path)).toEqual(['make', 'second']);
  await bench.close();

  bench = openContextBench(path);
  expect(load(bench).traces()).toEqual(before);
  await load(bench).snapshot(true);
  expect(bench.database.all('SELECT * FROM context_journal')).toEqual([]);
  expect(load(bench).traces()).toEqual(before);
  const document = join(path, 'contexts', 'run-1.json');
  expect(readFileSync(document, 'utf8')).toContain('keep-key');
  rmSync(document);
  expect(load(bench).traces()).toEqual(before);
  await bench.close();
});

test('a start that is rolled back leaves no trace', async () => {
  const bench = openContextBench(folder());
  const context = heardRun(bench);
  expect(() =>
    bench.database.transaction(() => {
      const { items, trace } = context.transform('', TO, {});
      context.commit(source('make', '2'), items, trace);
      expect(context.traces('make')).toHaveLength(1);
      throw new Error('disk full');
    }),
  ).toThrow('disk full');
  expect(context.traces('make')).toEqual([]);
  expect(load(bench).traces()).toEqual([]);
  await bench.close();
});

test('a run that shares results takes their traces over', async () => {
  const bench = openContextBench(folder());
  const first = heardRun(bench);
  start(bench, first, 'make', '2');
  const second = beginRun(bench, 'run-2');
  bench.database.transaction(() => second.adopt(first.items('make'), first.traces('make')));
  expect(load(bench, 'run-2').traces()).toEqual(first.traces());
  await bench.close();
});

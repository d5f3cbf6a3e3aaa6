import { temporaryFolders } from '../../doubles/index.js';
import { openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let data: string;
let bench: EngineBench;
beforeEach(async () => {
  data = folder();
  bench = openEngine(data);
  await bench.start();
});
afterEach(() => bench.close());

const pure = (value: unknown): string =>
  `  - { id: s1, use: pure, with: { value: ${JSON.stringify(value)} } }\noutputs:\n  value: \${ steps.s1.value }\n`;

test('the same step with the same input is served from the cache, also after a restart, and says from where', async () => {
  const first = await bench.run(pure('a')).finished;
  const second = await bench.run(pure('a')).finished;
  await bench.close();
  bench = openEngine(data);
  await bench.start();
  const third = await bench.run(pure('a')).finished;
  expect(bench.calls).toEqual([]);
  for (const run of [second, third]) {
    expect(run.outputs).toEqual(first.outputs);
    expect(bench.workflow.detail(run.runId).steps).toMatchObject([{ state: 'done', cachedFrom: `${first.runId}/s1`, attempts: 0 }]);
  }
  expect(bench.workflow.cacheStatistics()).toMatchObject({ entries: 1, hits: 1, misses: 0 });
});

test('another input, and a step that is not cacheable, run', async () => {
  await bench.run(pure('a')).finished;
  await bench.run(pure('b')).finished;
  for (let run = 0; run < 2; run += 1) await bench.run('  - { id: s1, use: work }\n').finished;
  expect(bench.calls.map(({ step }) => step)).toEqual(['pure', 'pure', 'work', 'work']);
});

test('a failure is not remembered', async () => {
  bench.behave = () => {
    throw new Error('broken');
  };
  await expect(bench.run(pure('a')).finished).rejects.toThrow('broken');
  bench.behave = () => undefined;
  await expect(bench.run(pure('a')).finished).resolves.toMatchObject({ state: 'done' });
  expect(bench.calls).toHaveLength(2);
});

test('grows to its limit; what is cheap to make for its size and not asked for goes first', async () => {
  await bench.close();
  bench = openEngine(data, { cacheMegabytes: 0.02 });
  await bench.start();
  const filling = (index: number): string => `${index}:${'x'.repeat(3_000)}`;
  await bench.run(pure(filling(0))).finished;
  for (let index = 1; index <= 20; index += 1) {
    await bench.run(pure(filling(index))).finished;
    // Asked for again and again.
    await bench.run(pure(filling(0))).finished;
  }
  const { bytes, maximumBytes, evicted, entries } = bench.workflow.cacheStatistics();
  expect(bytes).toBeLessThanOrEqual(maximumBytes);
  expect(entries + evicted).toBe(21);
  expect(bench.calls.filter(({ input }) => input['value'] === filling(0))).toHaveLength(1);
  const counted = bench.database.get('SELECT count(*) AS entries, sum(bytes) AS bytes FROM step_cache');
  expect(counted).toEqual({ entries, bytes });
});

test('a chain of cached steps takes one turn of the engine', async () => {
  const steps = Array.from({ length: 30 }, (_, index) => `  - { id: s${index}, use: pure, with: { value: ${index} } }\n`).join('');
  await bench.run(steps).finished;
  bench.calls.length = 0;
  await expect(bench.run(steps).finished).resolves.toMatchObject({ state: 'done' });
  expect(bench.calls).toEqual([]);
});

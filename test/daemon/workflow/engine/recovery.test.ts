import { temporaryFolders } from '../../doubles/index.js';
import { chain, openEngine, untilCalled, type EngineBench } from './engine-bench.js';
import { processorMs } from '../../doubles/processor-time.js';

const folder = temporaryFolders();
let data: string;
let bench: EngineBench;
beforeEach(() => {
  data = folder();
  bench = openEngine(data);
});
afterEach(() => bench.close());

async function restart(settings: Parameters<typeof openEngine>[1] = {}): Promise<void> {
  await bench.close();
  bench = openEngine(data, settings);
}

function untilEnded(runId: string): Promise<string> {
  return new Promise((resolve) => bench.workflow.onEvent(({ run }) => run.runId === runId && run.endedAtMs !== null && resolve(run.state)));
}

async function interruptAt(path: string, steps: string): Promise<string> {
  await bench.start();
  bench.behave = (call, io) =>
    call.path === path
      ? new Promise((_, reject) => io.signal.addEventListener('abort', () => reject(io.signal.reason as Error)))
      : undefined;
  const called = untilCalled(bench, path);
  const { runId } = bench.run(steps);
  await called;
  return runId;
}

test('completed steps are not run again; the interrupted one is, with the same key, and an orderly end counts as no attempt', async () => {
  const runId = await interruptAt('s3', chain('work', 'work', 'work', 'work'));
  await restart();
  const ended = untilEnded(runId);
  await bench.start();
  expect(await ended).toBe('done');
  expect(bench.calls.map(({ path, attempt }) => [path, attempt])).toEqual([
    ['s3', 1],
    ['s4', 1],
  ]);
  expect(bench.workflow.get(runId)).toMatchObject({
    resumptions: 1,
    timings: [{ step: 's1' }, { step: 's2' }, { step: 's3' }, { step: 's4' }],
  });
});

test('what a step prepared is prepared once', async () => {
  const runId = await interruptAt('s1', chain('hooked'));
  await restart();
  const ended = untilEnded(runId);
  await bench.start();
  await ended;
  expect(bench.hooks()).toEqual(['prepare s1 1', 'commit s1']);
});

test('branches of a parallel block that ended are kept, the others go on', async () => {
  const steps = `
  - { id: before, use: work }
  - id: each
    parallel: { times: 3, atMost: 3, as: candidate }
    steps:
      - { id: make, use: light, with: { value: '\${ candidate.index }' } }
outputs:
  values: \${ steps.each }
`;
  const runId = await interruptAt('each[1]/make', steps);
  await new Promise((resolve) => setImmediate(resolve));
  await restart();
  const ended = untilEnded(runId);
  await bench.start();
  await ended;
  expect(bench.paths()).toEqual(['each[1]/make']);
  expect(bench.workflow.get(runId).outputs).toEqual({ values: [{ value: 0 }, { value: 1 }, { value: 2 }] });
});

test('the run keeps the definition it was started with, whatever the library says now', async () => {
  const runId = await interruptAt('s1', chain('work', 'work'));
  await restart();
  const ended = untilEnded(runId);
  await bench.start();
  await ended;
  expect(bench.workflow.detail(runId).steps.map(({ path }) => path)).toEqual(['s1', 's2']);
});

test('runs are taken up in the order they were accepted', async () => {
  const order: string[] = [];
  const first = await interruptAt('s1', chain('work'));
  const others = [1, 2].map(() => bench.run(chain('work')).runId);
  await restart();
  bench.behave = ({ runId }) => void order.push(runId);
  const ended = untilEnded(others[1] ?? '');
  await bench.start();
  await ended;
  expect(order).toEqual([first, ...others]);
});

test('a run whose definition cannot be read ends as failed and says so; the others go on', async () => {
  await bench.start();
  bench.workflow.pauseQueue();
  const [broken, whole] = [bench.run(chain('work')), bench.run(chain('work', 'work'))];
  bench.database.run(
    `UPDATE workflow_definitions SET definition = '{"format":1}' WHERE hash = (SELECT definition_hash FROM runs WHERE run_id = :runId)`,
    { runId: broken.runId },
  );
  await restart();
  await bench.start();
  expect(bench.workflow.get(broken.runId)).toMatchObject({ state: 'failed', error: { code: 'GRYM_INTERNAL' } });
  expect(bench.workflow.get(broken.runId).problem?.next.length).toBeGreaterThan(0);
  const ended = untilEnded(whole.runId);
  bench.workflow.resumeQueue();
  expect(await ended).toBe('done');
});

test('10,000 runs in the journal and 100 open ones are ready after less than two seconds of computing', async () => {
  await bench.start();
  const done = await bench.run(chain('work')).finished;
  bench.workflow.pauseQueue();
  for (let index = 0; index < 100; index += 1) bench.run(chain('work', 'work', 'work'));
  const { database } = bench;
  database.transaction(() => {
    for (let index = 1; index <= 10_000; index += 1) copyRun(database, done.runId, index);
  });
  await restart({ finishedRunsKept: 20_000 });
  const start = processorMs();
  await bench.start();
  expect(processorMs() - start).toBeLessThan(2_000);
  expect(bench.workflow.list({ state: 'open', limit: 200 })).toHaveLength(100);
}, 120_000);

function copyRun(database: EngineBench['database'], of: string, index: number): void {
  const id = `copy-${index}`;
  database.run(
    `INSERT INTO runs (run_id, workflow, title, definition_hash, state, inputs, seed, submitted_at_ms, ended_at_ms)
     SELECT :id, workflow, title, definition_hash, 'done', inputs, seed, submitted_at_ms, ended_at_ms + :index FROM runs WHERE run_id = :of`,
    { id, index, of },
  );
  database.run(
    `INSERT INTO activations (run, path, position, scope, step, state, attempts, params, input, output)
     SELECT (SELECT sequence FROM runs WHERE run_id = :id), path, position, scope, step, state, attempts, params, input, output
     FROM activations WHERE run = (SELECT sequence FROM runs WHERE run_id = :of)`,
    { id, of },
  );
}

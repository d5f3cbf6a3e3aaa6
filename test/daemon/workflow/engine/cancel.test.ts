import { temporaryFolders } from '../../doubles/index.js';
import { chain, openEngine, untilCalled, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let bench: EngineBench;
beforeEach(async () => {
  bench = openEngine(folder());
  await bench.start();
});
afterEach(() => bench.close());

test('in the middle of a step: the step is stopped, takes back what it prepared, and nothing follows', async () => {
  bench.behave = ({ path }, io) =>
    path === 's2' ? new Promise((_, reject) => io.signal.addEventListener('abort', () => reject(io.signal.reason as Error))) : undefined;
  const called = untilCalled(bench, 's2');
  const { runId, finished } = bench.run(chain('work', 'hooked', 'work'));
  await called;
  expect(bench.workflow.cancel(runId)).toBe(true);
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(bench.workflow.detail(runId)).toMatchObject({
    state: 'cancelled',
    steps: [
      { path: 's1', state: 'done' },
      { path: 's2', state: 'cancelled' },
    ],
  });
  expect(bench.hooks()).toEqual(['prepare s2 1', 'abandon s2']);
  expect(bench.paths()).toEqual(['s1', 's2']);
  expect(bench.workflow.cancel(runId)).toBe(false);
  await expect(bench.run(chain('work')).finished).resolves.toMatchObject({ state: 'done' });
});

test('all branches of a parallel block are stopped', async () => {
  let running = 0;
  bench.behave = (_call, io) => {
    running += 1;
    return new Promise((_, reject) => io.signal.addEventListener('abort', () => ((running -= 1), reject(io.signal.reason as Error))));
  };
  const steps = `
  - id: each
    parallel: { times: 3, atMost: 3, as: candidate }
    steps:
      - { id: make, use: light, with: { value: '\${ candidate.index }' } }
`;
  const called = untilCalled(bench, 'each[0]/make');
  const { runId, finished } = bench.run(steps);
  await called;
  bench.workflow.cancel(runId);
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(running).toBe(0);
});

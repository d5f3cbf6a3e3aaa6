import { temporaryFolders, thrownBy } from '../../doubles/index.js';
import { openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let bench: EngineBench;
beforeEach(async () => {
  bench = openEngine(folder());
  await bench.start();
});
afterEach(() => bench.close());

const NEEDS = '  - { id: s1, use: work }\n  - { id: s2, use: absent }\n';

test('a workflow that needs what nobody provides is refused before anything runs', () => {
  expect(thrownBy(() => bench.run(NEEDS))).toMatchObject({
    code: 'GRYM_CAPABILITY_UNAVAILABLE',
    message: expect.stringMatching(/s2.*test\.absent/) as string,
  });
  expect(bench.workflow.list()).toEqual([]);
  expect(bench.calls).toEqual([]);
});

test('with whenUnavailable: skip the step is left out, and the run says so', async () => {
  const run = await bench.run('  - { id: s1, use: absent, whenUnavailable: skip }\n  - { id: s2, use: work }\n').finished;
  expect(run).toMatchObject({ state: 'done', notes: [expect.stringContaining('Left out')] });
  expect(bench.paths()).toEqual(['s2']);
  expect(bench.workflow.detail(run.runId).steps[0]).toMatchObject({
    state: 'skipped',
    note: expect.stringContaining('test.absent') as string,
  });
});

test('a provider that comes is used, and one that is withdrawn is missed', async () => {
  const withdraw = bench.capabilities.register('test.absent', { provider: 'someone', version: '1' });
  const run = await bench.run(NEEDS).finished;
  expect(bench.workflow.detail(run.runId).steps[1]).toMatchObject({ path: 's2', provider: 'someone' });
  withdraw();
  expect(thrownBy(() => bench.run(NEEDS))).toMatchObject({ code: 'GRYM_CAPABILITY_UNAVAILABLE' });
});

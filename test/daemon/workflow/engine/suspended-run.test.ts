import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { chain, gate, openEngine, stateOf, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let second: ReturnType<typeof gate>;
let clock: FakeClock;
let bench: EngineBench;
let runId: string;
let caller: AbortController;
const text = `workflow: test\nversion: 1\ntitle: Test\nhelp: A test.\nsteps:\n${chain('work', 'work')}`;
const request = { workflow: { text, fileName: 'test.yaml' }, inputs: {}, requestKey: 'mine' };

beforeEach(async () => {
  second = gate();
  caller = new AbortController();
  clock = new FakeClock();
  bench = openEngine(folder(), { clock });
  await bench.start();
  bench.behave = ({ path }) => (path === 's2' ? second.opened : undefined);
  process.env['GRYM_FAILPOINTS'] = 'step.committing=ENOSPC';
  const handle = bench.workflow.run(request, { signal: caller.signal });
  runId = handle.runId;
  await expect(clock.turnUntil(handle.finished)).rejects.toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE' });
  process.env['GRYM_FAILPOINTS'] = '';
  await clock.turn(1_500);
  expect(stateOf(bench, runId)).toBe('running');
});
afterEach(async () => {
  delete process.env['GRYM_FAILPOINTS'];
  await bench.close();
});

test("the same request key leads to the run's true end", async () => {
  const again = bench.workflow.run(request);
  expect(again.runId).toBe(runId);
  second.open();
  await expect(clock.turnUntil(again.finished)).resolves.toMatchObject({ state: 'done' });
});

test("the caller's signal still stops the run", async () => {
  caller.abort();
  await clock.turn(2_000);
  expect(stateOf(bench, runId)).toBe('cancelled');
});

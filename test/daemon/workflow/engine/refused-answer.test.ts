import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders, thrownBy } from '../../doubles/index.js';
import { chain, openEngine, stateOf, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let clock: FakeClock;
let bench: EngineBench;
let runId: string;
beforeEach(async () => {
  clock = new FakeClock();
  bench = openEngine(folder(), { clock });
  await bench.start();
  const handle = bench.run(chain('ask', 'work'));
  runId = handle.runId;
  await clock.turnUntil(handle.settled);
});
afterEach(async () => {
  delete process.env['GRYM_FAILPOINTS'];
  await bench.close();
});

/** While the journal takes nothing. */
function refusedAnswers(...answers: readonly string[]): void {
  process.env['GRYM_FAILPOINTS'] = 'step.committing=ENOSPC';
  for (const answer of answers) {
    expect(thrownBy(() => bench.workflow.decide(runId, undefined, [answer]))).toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE' });
  }
  process.env['GRYM_FAILPOINTS'] = '';
}

test('an answer that was refused because the journal is full has no effect later', async () => {
  refusedAnswers('yes');
  await clock.turn(10_000);
  expect(stateOf(bench, runId)).toBe('waiting-for-decision');
  expect(bench.paths()).toEqual(['s1']);
});

test('after refused answers the question can be answered as before', async () => {
  refusedAnswers('yes', 'no');
  await clock.turn(2_000);
  bench.workflow.decide(runId, undefined, ['no']);
  await clock.turn(1_000);
  expect(bench.workflow.detail(runId)).toMatchObject({ state: 'done', steps: [{ output: { chosen: 'no' } }, { state: 'done' }] });
});

test('after refused answers the run can be cancelled', async () => {
  refusedAnswers('yes', 'no');
  await clock.turn(2_000);
  expect(bench.workflow.cancel(runId)).toBe(true);
  await clock.turn(1_000);
  expect(stateOf(bench, runId)).toBe('cancelled');
});

import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders, thrownBy } from '../../doubles/index.js';
import { chain, openEngine, stateOf, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let clock: FakeClock;
let bench: EngineBench;
afterEach(async () => {
  delete process.env['GRYM_FAILPOINTS'];
  await bench.close();
});

async function open(data: string): Promise<void> {
  clock = new FakeClock();
  bench = openEngine(data, { clock, maximumStepAttempts: 3 });
  bench.behave = (_call, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  await bench.start();
}

test('a step that orderly ends of the daemon cut off is never given up for it', async () => {
  const data = folder();
  await open(data);
  const { runId } = bench.run(chain('work'));
  for (let restart = 0; restart < 6; restart += 1) {
    await clock.turn(100);
    expect(bench.calls).toHaveLength(1);
    await bench.close();
    await open(data);
  }
  await clock.turn(100);
  bench.behave = () => undefined;
  expect(bench.workflow.detail(runId)).toMatchObject({ state: 'running', steps: [{ attempts: 1 }] });
});

test('a result that a full disk kept out of the journal until the daemon ended is no failed attempt either', async () => {
  const data = folder();
  await open(data);
  bench.behave = () => undefined;
  process.env['GRYM_FAILPOINTS'] = 'step.committing=ENOSPC';
  const { runId } = bench.run(chain('work'));
  await clock.turn(100);
  await bench.close();
  process.env['GRYM_FAILPOINTS'] = '';
  await open(data);
  await clock.turn(100);
  expect(bench.workflow.detail(runId)).toMatchObject({ state: 'running', steps: [{ attempts: 1 }] });
});

test('an answer that comes while the daemon ends is refused with that reason', async () => {
  const data = folder();
  await open(data);
  bench.behave = () => undefined;
  const { runId, settled } = bench.run(chain('ask'));
  await clock.turnUntil(settled);
  const ended = bench.workflow.dispose();
  expect(thrownBy(() => bench.workflow.decide(runId, undefined, ['yes']))).toMatchObject({ code: 'GRYM_SHUTTING_DOWN' });
  await ended;
  await bench.close();
  await open(data);
  expect(stateOf(bench, runId)).toBe('waiting-for-decision');
});

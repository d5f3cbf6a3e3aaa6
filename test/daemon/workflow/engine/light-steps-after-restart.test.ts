import { temporaryFolders } from '../../doubles/index.js';
import { chain, openEngine, untilCalled, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let data: string;
let bench: EngineBench;
beforeEach(() => {
  data = folder();
  bench = openEngine(data);
});
afterEach(() => bench.close());

const untilStopped: EngineBench['behave'] = ({ step }, io) =>
  step === 'light' ? new Promise((_, reject) => io.signal.addEventListener('abort', () => reject(io.signal.reason as Error))) : undefined;

test('a step that only waits holds no place after a restart either: others are carried out meanwhile', async () => {
  await bench.start();
  bench.behave = untilStopped;
  const waits = untilCalled(bench, 's2');
  const { runId } = bench.run(chain('work', 'light'));
  await waits;
  await bench.close();

  bench = openEngine(data);
  bench.behave = untilStopped;
  const waitsAgain = untilCalled(bench, 's2');
  await bench.start();
  await waitsAgain;
  await expect(bench.run(chain('work')).finished).resolves.toMatchObject({ state: 'done' });
  expect(bench.workflow.get(runId).state).toBe('running');
});

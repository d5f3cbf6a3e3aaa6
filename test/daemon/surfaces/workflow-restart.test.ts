import { grym, type CommandOutcome } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { addWorkflows, CHOOSE } from './support/workflow-files.js';

let daemon: DaemonUnderTest;
beforeAll(async () => {
  daemon = await startTestDaemon();
  await addWorkflows(daemon, { 'choose-one': CHOOSE });
});
afterAll(() => daemon.end());

const run = (...words: string[]): Promise<CommandOutcome> => grym(daemon.environment, words);

test('a question outlives the daemon, and its answer ends the run with what was made before', async () => {
  expect((await run('workflow', 'run', 'choose-one', 'prompt=lasting', 'count=2')).code).toBe(0);
  const before = (await run('list-decisions')).out;
  expect(before).toMatch(/Which one\?/);
  daemon = await daemon.restart();
  expect((await run('list-decisions')).out.replaceAll(/asked .*/g, '')).toBe(before.replaceAll(/asked .*/g, ''));
  expect((await run('decide', 'last', '2')).out).toMatch(/^state: +done/m);
  expect(daemon.generator.requests).toEqual([]);
});

test('a paused queue stays paused, and what was asked for meanwhile is there', async () => {
  await run('pause-queue');
  expect((await run('generate', 'waiting', '--no-wait')).code).toBe(0);
  daemon = await daemon.restart();
  expect((await run('status')).out).toMatch(/^queue: +paused/m);
  expect((await run('list-runs', '--state', 'open')).out).toMatch(/waiting$/m);
  expect(daemon.generator.requests).toEqual([]);
  await run('resume-queue');
  expect((await run('show-run', 'last', '--wait')).out).toMatch(/^state: +(done|library-only)/m);
});

test('facts and rules of a run are there after a restart', async () => {
  const before = (await run('show-context', 'last', '--json')).out;
  expect(before).toMatch(/"field":"prompt","value":"waiting"/);
  daemon = await daemon.restart();
  expect((await run('show-context', 'last', '--json')).out).toBe(before);
  expect((await run('query-context', 'lasting', '--field', 'prompt')).out).toMatch(/choose-one +request +prompt +lasting/);
});

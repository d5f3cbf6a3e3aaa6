import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolders } from '../../doubles/index.js';
import { endHosts, startHosts, testCall, testModel, until } from './support/test-hosts.js';

const folder = temporaryFolders();
afterEach(endHosts);

const steps = (trace: string, signal = new AbortController().signal) =>
  testCall('steps', { count: 5, milliseconds: 20, trace }, { signal });
const lines = (trace: string): string[] => readFileSync(trace, 'utf8').trimEnd().split('\n');

test('two models that share one thread never compute at once', async () => {
  const { hosts } = startHosts({ maximumThreads: 1 });
  const models = [testModel('a'), testModel('b')];
  for (const model of models) await hosts.call(model, testCall('echo'));
  const trace = join(folder(), 'steps');
  await Promise.all(models.map((model) => hosts.call(model, steps(trace))));
  expect(lines(trace)).toEqual(['1', '2', '3', '4', '5', '1', '2', '3', '4', '5']);
});

test('with a thread for each they do', async () => {
  const { hosts } = startHosts({ maximumThreads: 2 });
  const models = [testModel('a'), testModel('b')];
  for (const model of models) await hosts.call(model, testCall('echo'));
  const both = models.map((model) => hosts.call(model, testCall('steps', { count: 40, milliseconds: 10 })));
  await until('both are busy', () => hosts.views().every(({ state }) => state === 'busy'));
  expect(await Promise.all(both)).toHaveLength(2);
});

test('a call that waits for threads leaves when it is cancelled, and its host stays', async () => {
  const { hosts } = startHosts({ maximumThreads: 1 });
  await hosts.call(testModel('b'), testCall('echo'));
  const ending = new AbortController();
  const running = hosts.call(testModel('a'), testCall('steps', { count: 1000, milliseconds: 5 }, { signal: ending.signal }));
  await until('a is busy', () => hosts.views().some(({ modelId, state }) => modelId === 'a' && state === 'busy'));
  const cancelling = new AbortController();
  const waiting = hosts.call(testModel('b'), testCall('echo', {}, { signal: cancelling.signal }));
  cancelling.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'GRYM_CANCELLED', message: 'Cancelled: testing echo.' });
  ending.abort();
  await expect(running).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  await hosts.call(testModel('b'), testCall('echo'));
  expect(hosts.views().find(({ modelId }) => modelId === 'b')).toMatchObject({ tasksDone: 2, deaths: 0 });
});

test('a host that takes more threads than there are computes alone', async () => {
  const { hosts } = startHosts({ threads: 4, maximumThreads: 2 });
  expect((await hosts.call(testModel('a'), testCall('settings'))).result).toMatchObject({ threads: 4 });
});

test('who fails or dies gives its threads back', async () => {
  const { hosts } = startHosts({ maximumThreads: 1 });
  await expect(hosts.call(testModel('a'), testCall('die'))).rejects.toMatchObject({ code: 'GRYM_MODEL_HOST_DIED' });
  await expect(hosts.call(testModel('a'), testCall('refuse'))).rejects.toMatchObject({ code: 'GRYM_MODEL_TASK_INVALID' });
  expect(await hosts.call(testModel('b'), testCall('echo'))).toMatchObject({ retries: 0 });
});

test('a host that dies while its call waits for threads costs the call nothing', async () => {
  const { hosts } = startHosts({ maximumThreads: 1 });
  await hosts.call(testModel('b'), testCall('echo'));
  const [before] = hosts.views();
  const running = hosts.call(testModel('a'), testCall('steps', { count: 60, milliseconds: 10 }));
  await until('a is busy', () => hosts.views().some(({ modelId, state }) => modelId === 'a' && state === 'busy'));
  const waiting = hosts.call(testModel('b'), testCall('echo'));
  process.kill(before?.processId ?? 0, 'SIGKILL');
  expect(await waiting).toMatchObject({ retries: 0 });
  await running;
});

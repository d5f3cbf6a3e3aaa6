import { join } from 'node:path';
import { temporaryFolders } from '../../doubles/index.js';
import { endHosts, startHosts, testCall, testModel, until } from './support/test-hosts.js';

const folder = temporaryFolders();
afterEach(endHosts);

test('kill -9 in the middle of a task costs one retry, in a new process', async () => {
  const { hosts, events } = startHosts();
  await hosts.call(testModel(), testCall('echo'));
  const before = hosts.views()[0]?.processId;
  const running = hosts.call(testModel(), testCall('dieOnce', { marker: join(folder(), 'once') }));
  expect(await running).toMatchObject({ result: 'survived', retries: 1 });
  expect(hosts.views()).toMatchObject([{ deaths: 1, lastError: 'killed by SIGKILL', state: 'idle' }]);
  expect(hosts.views()[0]?.processId).not.toBe(before);
  expect(events.map(({ type }) => type)).toEqual(['loaded', 'task', 'died', 'retried', 'loaded', 'task']);
});

test('a task whose process dies twice fails, as transient, with the way it ended', async () => {
  const { hosts } = startHosts();
  await expect(hosts.call(testModel(), testCall('die'))).rejects.toMatchObject({
    code: 'GRYM_MODEL_HOST_DIED',
    kind: 'transient',
    message: 'The process of the model test-model ended while it was testing die: killed by SIGKILL.',
    details: { signal: 'SIGKILL', exitCode: null },
  });
});

test('an exit code and the last words are told', async () => {
  const { hosts } = startHosts();
  await hosts.call(testModel(), testCall('write', { lines: ['out of luck'], stream: 'stderr' }));
  await expect(hosts.call(testModel(), testCall('die', { exitCode: 7 }))).rejects.toMatchObject({ details: { signal: null, exitCode: 7 } });
});

test('a process that dies while nobody uses it is replaced at the next call', async () => {
  const { hosts } = startHosts();
  await hosts.call(testModel(), testCall('echo'));
  process.kill(hosts.views()[0]?.processId ?? 0, 'SIGKILL');
  await until('the death is seen', () => hosts.views().length === 0);
  expect(await hosts.call(testModel(), testCall('echo'))).toMatchObject({ retries: 0 });
  expect(hosts.views()).toMatchObject([{ deaths: 1 }]);
});

test('a hang is ended at the deadline of its task, and is not tried again', async () => {
  const { hosts } = startHosts();
  await hosts.call(testModel(), testCall('echo'));
  const startMs = performance.now();
  await expect(hosts.call(testModel(), testCall('block', { milliseconds: 60_000 }, { deadlineMs: 300 }))).rejects.toMatchObject({
    code: 'GRYM_DEADLINE_EXCEEDED',
    message: 'testing block did not finish within 300 ms.',
  });
  // The hang would have lasted a minute.
  expect(performance.now() - startMs).toBeLessThan(20_000);
  expect(await hosts.call(testModel(), testCall('echo'))).toMatchObject({ retries: 0 });
  expect(hosts.views()).toMatchObject([{ deaths: 1 }]);
});

test('a model that is not loaded in time is given up', async () => {
  const { hosts } = startHosts({ loadMs: 300 });
  await expect(hosts.call(testModel('slow', '/never-loads'), testCall('echo'))).rejects.toMatchObject({
    code: 'GRYM_DEADLINE_EXCEEDED',
    message: 'loading the model slow did not finish within 300 ms.',
  });
});

test('a process that stands still while it is idle is ended', async () => {
  const { hosts } = startHosts({ healthMs: 600 });
  await hosts.call(testModel(), testCall('freezeWhenIdle', { milliseconds: 60_000 }));
  await until('it is ended', () => hosts.views().length === 0);
  await hosts.call(testModel(), testCall('echo'));
  expect(hosts.views()).toMatchObject([{ deaths: 1, lastError: expect.stringContaining('it has not answered') }]);
});

test('one that takes far more memory than was counted is ended', async () => {
  const { hosts } = startHosts({ memoryLimitBytes: () => 150e6 });
  await expect(hosts.call(testModel(), testCall('allocate', { megabytes: 320, milliseconds: 30_000 }))).rejects.toMatchObject({
    code: 'GRYM_MODEL_MEMORY',
    kind: 'resource',
    details: { allowed: 150, model: 'test-model' },
  });
});

import type { ModelReply } from '../../../../daemon/models/hosts/model-hosts.js';
import { endHosts, isAlive, startHosts, testCall, testModel, until } from './support/test-hosts.js';

afterEach(endHosts);

const version = (name: string) => ({ ...testModel('a'), version: name });

test('while the files of a model are exchanged it has no host, and calls of any version wait until they are', async () => {
  const { hosts } = startHosts();
  await hosts.call(version('old'), testCall('echo'));
  const told: string[] = [];
  const calls: Promise<unknown>[] = [];
  await hosts.whileUnloaded('a', async () => {
    expect(hosts.views()).toEqual([]);
    for (const name of ['old', 'new']) calls.push(hosts.call(version(name), testCall('echo')).then(() => told.push(name)));
    // As long as a call takes that does not wait.
    await hosts.call(testModel('other'), testCall('echo'));
    expect(hosts.views().map(({ modelId }) => modelId)).toEqual(['other']);
    told.push('exchanged');
  });
  await Promise.all(calls);
  expect(told[0]).toBe('exchanged');
  expect(told).toHaveLength(3);
});

test('where the exchange fails its error is told, and calls go on', async () => {
  const { hosts } = startHosts();
  let next: Promise<ModelReply> | undefined;
  const exchange = hosts.whileUnloaded('a', async () => {
    next = hosts.call(version('old'), testCall('echo'));
    throw new RangeError('no space');
  });
  await expect(exchange).rejects.toThrow('no space');
  expect(await next).toMatchObject({ retries: 0 });
});

test('who is cancelled while a task runs exchanges nothing; the task ends as it would have, and calls go on', async () => {
  const { hosts } = startHosts();
  const running = hosts.call(version('old'), testCall('steps', { count: 60, milliseconds: 10 }));
  await until('it is busy', () => hosts.views()[0]?.state === 'busy');
  const cancelling = new AbortController();
  let isExchanged = false;
  const exchange = hosts.whileUnloaded('a', async () => void (isExchanged = true), cancelling.signal);
  const next = hosts.call(version('old'), testCall('echo'));
  cancelling.abort();
  await expect(exchange).rejects.toMatchObject({ code: 'GRYM_CANCELLED', message: 'Cancelled: unloading a.' });
  expect(hosts.views()).toMatchObject([{ state: 'busy' }]);
  expect(await running).toMatchObject({ result: { done: 60 }, retries: 0 });
  expect(await next).toMatchObject({ retries: 0 });
  expect([isExchanged, hosts.views()[0]?.tasksDone]).toEqual([false, 2]);
  await expect(hosts.unload('a', cancelling.signal)).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});

test('another version of a model gets a host of its own, and the earlier one ends', async () => {
  const { hosts } = startHosts();
  await hosts.call(version('old'), testCall('echo'));
  const [old] = hosts.views();
  await hosts.call(version('new'), testCall('echo'));
  await until('the earlier one has ended', () => !isAlive(old?.processId ?? 0));
  expect(hosts.views()).toMatchObject([{ modelId: 'a', tasksDone: 1 }]);
});

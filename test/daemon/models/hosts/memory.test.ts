import { join } from 'node:path';
import { temporaryFolders } from '../../doubles/index.js';
import { endHosts, startHosts, testCall, testModel, until } from './support/test-hosts.js';

const folder = temporaryFolders();
const MEBIBYTE = 2 ** 20;
const model = (name: string, mebibytes = 400) => testModel(name, '/nowhere', mebibytes * MEBIBYTE);
afterEach(endHosts);

test('a loaded model holds its memory and no thread, and gives it back when it has been idle for long', async () => {
  const { hosts, ledger, events } = startHosts({ idleMs: 300 });
  await hosts.call(model('a'), testCall('echo'));
  expect(ledger.usage()).toMatchObject({ leases: 1, threads: { leased: 0 }, memoryBytes: { leased: 400 * MEBIBYTE } });
  await until('it is unloaded', () => hosts.views().length === 0 && ledger.usage().leases === 0);
  expect(events.at(-1)).toMatchObject({ type: 'unloaded', reason: 'idle', modelId: 'a' });
});

test('where there is no room, the model that was not used for longest goes', async () => {
  const { hosts } = startHosts();
  for (const name of ['a', 'b', 'a', 'c']) await hosts.call(model(name), testCall('echo'));
  expect(hosts.views().map(({ modelId }) => modelId)).toEqual(['a', 'c']);
});

test('while all are at work, one more waits until one of them is idle', async () => {
  const { hosts } = startHosts({ budgetBytes: 500 * MEBIBYTE });
  const first = hosts.call(model('a'), testCall('steps', { count: 20, milliseconds: 10 }));
  await until('a is busy', () => hosts.views()[0]?.state === 'busy');
  expect(await hosts.call(model('b'), testCall('echo'))).toMatchObject({ retries: 0 });
  expect(await first).toMatchObject({ result: { done: 20 } });
  expect(hosts.views().map(({ modelId }) => modelId)).toEqual(['b']);
});

test('who waits too long for memory is told who has it', async () => {
  const { hosts, ledger } = startHosts({ leaseWaitMs: 50 });
  const lease = ledger.tryAcquire({ threads: 0, memoryBytes: 900 * MEBIBYTE, priority: 0 });
  await expect(hosts.call(model('a'), testCall('echo'))).rejects.toMatchObject({ code: 'GRYM_RESOURCE_TIMEOUT' });
  lease?.release();
  await expect(hosts.call(model('huge', 2_000), testCall('echo'))).rejects.toMatchObject({ code: 'GRYM_RESOURCE_IMPOSSIBLE' });
});

test('other work that waits for memory gets that of idle models', async () => {
  const { hosts, ledger } = startHosts();
  await hosts.call(model('a', 900), testCall('echo'));
  const lease = await ledger.acquire({
    threads: 1,
    memoryBytes: 500 * MEBIBYTE,
    priority: 0,
    deadlineMs: 10_000,
    signal: new AbortController().signal,
  });
  expect(lease.memoryBytes).toBe(500 * MEBIBYTE);
  expect(hosts.views()).toEqual([]);
});

test('two calls at once are done by two processes where there is memory for both, else by one after the other', async () => {
  const { hosts, events } = startHosts({ maximumHosts: 2 });
  const both = (mebibytes: number) =>
    Promise.all([1, 2, 3].map(() => hosts.call(model(`of-${mebibytes}`, mebibytes), testCall('steps', { count: 5, milliseconds: 10 }))));
  expect(await both(300)).toHaveLength(3);
  expect(hosts.views()).toHaveLength(2);
  expect(await both(800)).toHaveLength(3);
  expect(hosts.views()).toMatchObject([{ modelId: 'of-800', tasksDone: 3 }]);
  expect(events.filter(({ type }) => type === 'died')).toEqual([]);
});

test('unload ends a host after its task; calls meanwhile wait, and get a new one', async () => {
  const { hosts } = startHosts();
  const marker = join(folder(), 'unload');
  const running = hosts.call(model('a'), testCall('steps', { count: 10, milliseconds: 20, trace: marker }));
  await until('a is busy', () => hosts.views()[0]?.state === 'busy');
  const before = hosts.views()[0]?.processId;
  const unloading = hosts.unload('a');
  const next = hosts.call(model('a'), testCall('echo'));
  expect(await running).toMatchObject({ result: { done: 10 }, retries: 0 });
  await unloading;
  await next;
  expect(hosts.views()[0]?.processId).not.toBe(before);
});

test('other settings of a model are for other hosts of it', async () => {
  const { hosts } = startHosts();
  await hosts.call(testModel('a', '/one'), testCall('echo'));
  expect((await hosts.call(testModel('a', '/two'), testCall('settings'))).result).toMatchObject({ path: '/two', threads: 1 });
});

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonValue } from '../../../../daemon/kernel/index.js';
import { RawHost } from './support/raw-host.js';
import { endHosts, startHosts, testCall, testModel } from './support/test-hosts.js';

const HOSTILE = join(dirname(fileURLToPath(import.meta.url)), 'support/hostile-host.mjs');
const done = { type: 'done', id: 'mine', result: null, bytes: 64 };
const place = { name: 'a', type: 'float32', shape: [4], offset: 0 };

const raws: RawHost[] = [];
const startRaw = (parentProcessId?: number): RawHost => {
  const raw = new RawHost(parentProcessId);
  raws.push(raw);
  return raw;
};
afterEach(async () => {
  await endHosts();
  await Promise.all(raws.splice(0).map((raw) => raw.end()));
});

const LIES: [name: string, report: JsonValue][] = [
  ['no message', 'nonsense'],
  ['an unknown type', { type: 'open-the-door' }],
  ['a field too many', { ...done, places: [], more: 1 }],
  ['a tensor behind the memory', { ...done, bytes: 2 ** 29, places: [{ ...place, offset: 2 ** 28 }] }],
  ['a tensor larger than the memory', { ...done, places: [{ ...place, shape: [2 ** 26] }] }],
  ['a shape that overflows', { ...done, places: [{ ...place, shape: [2 ** 31, 2 ** 31, 2 ** 31] }] }],
  ['a negative dimension', { ...done, places: [{ ...place, shape: [-4] }] }],
  ['an offset between two values', { ...done, places: [{ ...place, offset: 2 }] }],
  ['two tensors of one name', { ...done, places: [place, place] }],
  ['many tensors in the same place', { ...done, bytes: 2 ** 18, places: ['a', 'b'].map((name) => ({ ...place, name, shape: [2 ** 16] })) }],
  ['an error that the catalogue does not know', { type: 'failed', id: 'mine', error: { code: 'GRYM_MADE_UP', details: {} } }],
  ['progress beyond the end', { type: 'progress', id: 'mine', fraction: 2, stage: 'x' }],
  ['an answer that nobody asked for', { type: 'loaded' }],
];

test.each(LIES)('a host that says %s is ended and counted as dead', async (_, report) => {
  const { hosts } = startHosts({ processFile: HOSTILE, maximumDeaths: 1 });
  await expect(hosts.call(testModel(), testCall('lie', { reports: [report] }))).rejects.toMatchObject({
    code: 'GRYM_MODEL_HOST_DIED',
    message: expect.stringContaining('it broke the rules between daemon and host'),
  });
  expect(hosts.views()).toMatchObject([{ deaths: 1, processId: null }]);
});

test('messages of a task that has ended are not taken for those of the next one', async () => {
  const { hosts } = startHosts({ processFile: HOSTILE });
  const heard: string[] = [];
  const reports = [
    { type: 'progress', id: 77, fraction: 0.5, stage: 'of another task' },
    { ...done, places: [] },
  ];
  await hosts.call(testModel(), testCall('lie', { reports }, { onProgress: (_fraction, stage) => heard.push(stage) }));
  expect(heard).toEqual([]);
});

test.each<[string, object]>([
  ['a message of no known type', { type: 'open-the-door' }],
  ['a task before a model is loaded', { type: 'run', id: 1, task: 'echo', what: 'x', params: {}, places: [], bytes: 64 }],
  [
    'a tensor that ends nowhere',
    { type: 'run', id: 1, task: 'echo', what: 'x', params: {}, places: [{ ...place, shape: [1.5] }], bytes: 64 },
  ],
])('a host that is sent %s breaks off and says why', async (_, message) => {
  const raw = startRaw();
  await raw.nextMessage();
  raw.send(message);
  expect(await raw.exited).toEqual([4, null]);
  expect(raw.errors).not.toBe('');
});

test('a host that is sent a tensor behind its memory refuses the task and stays', async () => {
  const raw = startRaw();
  await raw.loaded();
  const run = { type: 'run', task: 'echo', what: 'x', params: {} };
  for (const places of [[{ ...place, offset: 2 ** 20 }], [{ ...place, shape: [2 ** 20], offset: 64 }], [place]]) {
    raw.send({ ...run, id: 1, places, bytes: places[0]?.offset === 2 ** 20 ? 2 ** 21 : 128 });
    const [answer] = await raw.nextMessage();
    expect(answer).toMatchObject({ type: 'failed', id: 1, error: { code: 'GRYM_MODEL_FAULT' } });
  }
  raw.send({ ...run, id: 2, places: [], bytes: 64 });
  expect(await raw.nextMessage()).toMatchObject([{ type: 'done', id: 2 }, undefined]);
});

test('a host whose daemon has ended before it could bind itself ends at once', async () => {
  expect(await startRaw(1).exited).toEqual([3, null]);
});

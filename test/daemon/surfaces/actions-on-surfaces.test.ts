import { ACTIONS } from '../../../daemon/actions/index.js';
import { SURFACES, type Params } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeBridge } from './support/fake-bridge.js';

let daemon: DaemonUnderTest;
let bridge: FakeBridge;
let clip: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  bridge = await FakeBridge.connect(daemon.port, daemon.token);
  const made = await bridge.request('generate', { prompt: 'first', seed: 1, slot: 0 });
  clip = (made.result as { clip: { hash: string } }).clip.hash;
});
afterAll(async () => {
  await bridge.close();
  await daemon.end();
});

/** Parts of a result that differ from call to call. */
function withoutTimes(value: unknown): unknown {
  const volatile = new Set([
    'runId',
    'timings',
    'stepTimes',
    'clients',
    'revision',
    'decidedAtMs',
    'createdAtMs',
    'submittedAtMs',
    'endedAtMs',
  ]);
  const text = JSON.stringify(value, (name, entry: unknown) => (volatile.has(name) ? '(differs)' : entry));
  return JSON.parse(text) as unknown;
}

/** Every action with parameters, and what its result must show. */
const CASES: readonly [action: string, params: () => Params, expected: object][] = [
  [
    'generate',
    () => ({ prompt: 'dark bass', seed: 5, bars: 2, metre: '7/8', tempoBpm: 90, key: 'A minor', slot: 2 }),
    { seed: 5, target: { slot: 2 }, clip: { tempoBpm: 90, bars: 2, quarterNotes: 7 } },
  ],
  ['generate', () => ({ prompt: 'dark bass', seed: 5, slot: 2, wait: false }), { clip: null, seed: 5 }],
  ['launch', () => ({ slot: 0, when: 'bars 2' }), { slot: 0, when: 'bars 2', bridge: 'Bass' }],
  ['stop', () => ({ slot: 0, when: 'now', bridge: 'Bass' }), { slot: 0, when: 'now' }],
  ['load', () => ({ clip, slot: 7 }), { slot: 7 }],
  ['clear', () => ({ slot: 9 }), { slot: 9, hash: null }],
  ['keep', () => ({ clip: clip.slice(0, 6) }), { clip: { verdict: 'kept' } }],
  ['reject', () => ({ clip }), { clip: { verdict: 'rejected' } }],
  ['list-clips', () => ({ text: 'first', limit: 5 }), { clips: [{ prompt: 'first' }] }],
  ['list-bridges', () => ({}), { bridges: [{ name: 'Bass', connected: true }] }],
  ['list-runs', () => ({ state: 'failed' }), { runs: [] }],
  ['status', () => ({}), { bridges: { connected: 1 }, processId: process.pid }],
  ['shutdown', () => ({}), { processId: process.pid }],
];

test.each(CASES)('%s gives the same result on every surface', async (action, params, expected) => {
  const outcomes = [];
  for (const [, ask] of SURFACES) outcomes.push(await ask(daemon, action, params()));
  for (const { result, error } of outcomes) {
    expect(error).toBeUndefined();
    expect(result).toMatchObject(expected);
    expect(withoutTimes(result)).toEqual(withoutTimes(outcomes[0]?.result));
  }
});

test('cancel-run gives the same result on every surface', async () => {
  const { result } = await bridge.request('list-runs', { limit: 1 });
  const run = (result as { runs: { runId: string }[] }).runs[0]?.runId;
  for (const [, ask] of SURFACES) expect(await ask(daemon, 'cancel-run', { run })).toEqual({ result: { runId: run, cancelled: false } });
});

test('every action is in this table', () => {
  const covered = new Set([...CASES.map(([action]) => action), 'cancel-run']);
  expect(ACTIONS.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
});

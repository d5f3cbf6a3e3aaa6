import { ACTIONS } from '../../../daemon/actions/index.js';
import { SURFACES, type Params } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeBridge } from './support/fake-bridge.js';
import { addWorkflows, CHOOSE } from './support/workflow-files.js';

let daemon: DaemonUnderTest;
let bridge: FakeBridge;
let clip: string;
let runId: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  bridge = await FakeBridge.connect(daemon.port, daemon.token);
  const made = await bridge.request('generate', { prompt: 'first', seed: 1, slot: 0 });
  ({
    runId,
    clip: { hash: clip },
  } = made.result as { runId: string; clip: { hash: string } });
  await addWorkflows(daemon, { 'choose-one': CHOOSE });
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
    'deadlineAtMs',
    'atMs',
    'milliseconds',
    // What is asked for a second time comes from the cache.
    'cache',
    'hits',
    'misses',
    'entries',
    'bytes',
    // How late the event loop was.
    'eventLoop',
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
  [
    'generate',
    () => ({ prompt: 'dark bass', seed: 20, bars: 1, slot: 2, candidates: 3 }),
    {
      seed: 20,
      target: { slot: 2 },
      clip: { bars: 1 },
      explanation: expect.arrayContaining([expect.stringMatching(/best of 3/)]),
    },
  ],
  ['launch', () => ({ slot: 0, when: 'bars 2' }), { slot: 0, when: 'bars 2', bridge: 'Bass' }],
  ['stop', () => ({ slot: 0, when: 'now', bridge: 'Bass' }), { slot: 0, when: 'now' }],
  ['load', () => ({ clip, slot: 7 }), { slot: 7 }],
  ['clear', () => ({ slot: 9 }), { slot: 9, hash: null }],
  ['keep', () => ({ clip: clip.slice(0, 6) }), { clip: { verdict: 'kept' } }],
  ['reject', () => ({ clip }), { clip: { verdict: 'rejected' } }],
  ['list-clips', () => ({ text: 'first', limit: 5 }), { clips: [{ prompt: 'first' }] }],
  ['list-bridges', () => ({}), { bridges: [{ name: 'Bass', connected: true }] }],
  ['list-runs', () => ({ state: 'failed', workflow: 'generate', bridge: 'Bass' }), { runs: [] }],
  [
    'run-workflow',
    () => ({ workflow: 'generate', inputs: { prompt: 'bass', bars: '1', slot: 4 }, seed: 6, priority: 5, deadlineSeconds: 60 }),
    { run: { workflow: 'generate', state: 'done', seed: 6, slot: 4, inputs: { bars: 1 } } },
  ],
  ['run-workflow', () => ({ workflow: 'generate', inputs: { prompt: 'bass', slot: 4 }, seed: 7, wait: false }), { run: { seed: 7 } }],
  [
    'show-run',
    () => ({ run: runId, values: true }),
    { run: { state: 'done' }, steps: [{ step: 'generate', input: { prompt: 'first' } }, { step: 'deliver' }] },
  ],
  ['rerun', () => ({ run: runId, from: 'deliver' }), { run: { state: 'done', seed: 1 } }],
  ['list-decisions', () => ({}), { decisions: [] }],
  [
    'ask',
    () => ({ request: 'dark bass, 90 bpm, 1 bar', slot: 6, seed: 9, review: true }),
    {
      run: { workflow: 'ask', state: 'waiting-for-decision', seed: 9, slot: 6, waitingFor: { takesDocument: true } },
      plans: [{ provider: 'templates', outcome: null, facts: { tempoBpm: 90, bars: 1 } }],
    },
  ],
  [
    'plan',
    () => ({ request: 'dark bass, 90 bpm, 1 bar' }),
    { provider: 'templates', document: expect.stringContaining('workflow: generate') },
  ],
  ['list-workflows', () => ({}), { workflows: expect.arrayContaining([expect.objectContaining({ name: 'generate', problem: null })]) }],
  [
    'show-workflow',
    () => ({ workflow: 'choose-one' }),
    { origin: 'user', inputs: expect.arrayContaining([expect.objectContaining({ name: 'count', default: 2 })]) },
  ],
  ['list-steps', () => ({ step: 'audition' }), { steps: [{ name: 'audition', capability: null, available: true }] }],
  [
    'show-context',
    () => ({ run: runId }),
    { fields: expect.arrayContaining([expect.objectContaining({ field: 'prompt', value: 'first' })]) },
  ],
  ['query-context', () => ({ field: 'prompt', run: runId }), { items: [{ field: 'prompt', value: 'first', rank: 'request' }] }],
  ['list-context-rules', () => ({}), { mistakes: [] }],
  ['export-history', () => ({ run: runId }), { file: expect.stringMatching(/^\/.*history-[0-9a-f-]+\.json$/), activations: 2 }],
  ['pause-queue', () => ({}), { paused: true }],
  ['resume-queue', () => ({}), { paused: false }],
  ['cache-statistics', () => ({}), { maximumBytes: expect.any(Number) }],
  [
    'list-providers',
    () => ({}),
    {
      capabilities: expect.arrayContaining([
        expect.objectContaining({ capability: 'generate.audio.from-text', providers: [expect.objectContaining({ breaker: 'closed' })] }),
        expect.objectContaining({ capability: 'transcribe.audio', providers: [], needs: expect.stringContaining('wav2vec2') }),
      ]),
    },
  ],
  ['prefer-provider', () => ({ capability: 'embed.audio', provider: 'descriptors' }), { providers: ['descriptors'] }],
  ['retry-provider', () => ({ provider: 'templates' }), { provider: 'templates', breaker: 'closed', restSeconds: 0 }],
  [
    'list-models',
    () => ({}),
    {
      models: expect.arrayContaining([expect.objectContaining({ id: 'clap-htsat-unfused', roles: ['embedder'], state: 'not-installed' })]),
    },
  ],
  ['check-models', () => ({}), { ok: true, servers: [] }],
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

test('decide gives the same result on every surface', async () => {
  const results = [];
  for (const [, ask] of SURFACES) {
    const asked = await ask(daemon, 'run-workflow', { workflow: 'choose-one', inputs: { prompt: 'bass' }, seed: 3 });
    const { run } = asked.result as { run: { runId: string } };
    results.push((await ask(daemon, 'decide', { run: run.runId, answer: '2' })).result);
  }
  for (const result of results) {
    expect(result).toMatchObject({ run: { workflow: 'choose-one', state: 'done', outputs: { clip: expect.any(String) } } });
    expect(withoutTimes(result)).toEqual(withoutTimes(results[0]));
  }
});

// models-session.test.ts installs and removes models over every surface.
const IN_MODELS_SESSION = ['pull-model', 'add-model', 'remove-model'];

test('every action is in this table', () => {
  const covered = new Set([...CASES.map(([action]) => action), ...IN_MODELS_SESSION, 'cancel-run', 'decide']);
  expect(ACTIONS.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
});

import { MAXIMUM_MESSAGE_BYTES } from '../../../protocol/index.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeClient } from './support/fake-bridge.js';
import { addWorkflows } from './support/workflow-files.js';

const STEPS = 300;
const MANY = `workflow: many-steps
version: 1
title: Many steps
help: Asks the library many times
steps:
  - id: each
    parallel: { times: ${STEPS}, atMost: ${STEPS}, as: each }
    steps:
      - id: look-for-something
        use: select-clips
        with: { text: '\${ "word " + string(each.index) + " ${'and more '.repeat(30)}" }' }
    output: '\${ steps.look-for-something.count }'
outputs: {}
`;

let daemon: DaemonUnderTest;
let client: FakeClient;
beforeAll(async () => {
  daemon = await startTestDaemon();
  await addWorkflows(daemon, { 'many-steps': MANY });
  client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token, { subscribe: ['runs'] });
});
afterAll(async () => {
  await client.close();
  await daemon.end();
});

interface Page {
  readonly steps: readonly { path: string }[];
  readonly stepsTotal: number;
}

test('a run of many steps is shown page by page, each small enough to be sent', async () => {
  const ran = await client.request('run-workflow', { workflow: 'many-steps' });
  expect(ran.result).toMatchObject({ run: { state: 'done' } });
  const paths = new Set<string>();
  for (let pages = 0; paths.size < STEPS && pages < 50; pages += 1) {
    const { result, error } = await client.request('show-run', { run: 'last', values: true, offset: paths.size, limit: 2_000 });
    expect(error).toBeUndefined();
    const { steps, stepsTotal } = result as Page;
    expect(stepsTotal).toBe(STEPS);
    for (const { path } of steps) paths.add(path);
  }
  expect(paths.size).toBe(STEPS);
});

test('one branch of it can be asked for', async () => {
  const { result } = await client.request('show-run', { run: 'last', under: 'each[12]' });
  expect((result as Page).steps.map(({ path }) => path)).toEqual(['each[12]/look-for-something']);
});

test('its events stay small', () => {
  const events = client.received.filter(({ type }) => type === 'event');
  expect(events.length).toBeGreaterThan(1);
  const largest = Math.max(...events.map((event) => JSON.stringify(event).length));
  expect(largest).toBeLessThan(MAXIMUM_MESSAGE_BYTES / 8);
});

test('the list of many such runs can be sent', async () => {
  for (let run = 0; run < 3; run += 1) await client.request('rerun', { run: 'last', from: `each[${STEPS - 1}]/look-for-something` });
  const { result, error } = await client.request('list-runs', { limit: 1_000 });
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ leftOut: 0, runs: [{ workflow: 'many-steps' }, {}, {}, {}] });
});

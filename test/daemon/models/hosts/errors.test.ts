import { endHosts, startHosts, testCall, testModel, until } from './support/test-hosts.js';

afterEach(endHosts);

test('an error of the catalogue keeps its code, kind and words on its way out of the process', async () => {
  const { hosts } = startHosts();
  await expect(hosts.call(testModel(), testCall('refuse'))).rejects.toMatchObject({
    ...{ code: 'GRYM_MODEL_TASK_INVALID', kind: 'invalid-input', name: 'GrymError' },
    message: 'The model test cannot do this: the test wants so.',
  });
  expect(hosts.views()).toMatchObject([{ deaths: 0, state: 'idle' }]);
});

test('anything else that is thrown is a fault of the model, and its stack is in the log', async () => {
  const { hosts, log } = startHosts();
  await expect(hosts.call(testModel(), testCall('fail'))).rejects.toMatchObject({
    code: 'GRYM_MODEL_FAULT',
    message: 'The model test-model failed: a mistake in the model.',
  });
  await until('the stack is logged', () => log.some((line) => line.includes('test-runner.mjs')));
});

test('a model that cannot be loaded says why, to all who wait, and leaves no process', async () => {
  const { hosts, ledger } = startHosts();
  const calls = [1, 2].map(() => hosts.call(testModel('gone', '/missing'), testCall('echo')));
  for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'GRYM_MODEL_FOLDER_INVALID' });
  expect(hosts.views()).toEqual([]);
  expect(ledger.usage().leases).toBe(0);
});

test('a kind without its runner is named', async () => {
  const { hosts } = startHosts({ runnerModules: { clap: '/nowhere/runner.mjs' } });
  await expect(hosts.call(testModel(), testCall('echo'))).rejects.toMatchObject({
    code: 'GRYM_MODEL_FAULT',
    message: expect.stringContaining('/nowhere/runner.mjs'),
  });
});

test('parameters and answers that are too large for a message are refused', async () => {
  const { hosts } = startHosts();
  const characters = 2 ** 20 + 1;
  await expect(hosts.call(testModel(), testCall('echo', { text: 'x'.repeat(characters) }))).rejects.toMatchObject({
    code: 'GRYM_MODEL_TASK_INVALID',
  });
  await expect(hosts.call(testModel(), testCall('large', { characters }))).rejects.toMatchObject({ code: 'GRYM_MODEL_FAULT' });
  expect(await hosts.call(testModel(), testCall('large', { characters: 2 ** 20 - 2 }))).toMatchObject({ retries: 0 });
});

test('progress and events come in their order; a listener that throws harms nothing', async () => {
  const { hosts, log } = startHosts();
  const heard: unknown[] = [];
  const onProgress = (fraction: number, stage: string): void => {
    heard.push([fraction, stage]);
    throw new Error('a mistake in the listener');
  };
  await hosts.call(testModel(), testCall('steps', { count: 4, milliseconds: 1 }, { onProgress }));
  await hosts.call(testModel(), testCall('events', { count: 100 }, { onEvent: (event) => heard.push(event['index']) }));
  expect(heard).toEqual([
    ...[1, 2, 3, 4].map((step) => [step / 4, `step ${step} of 4`]),
    ...Array.from({ length: 100 }, (_, index) => index),
  ]);
  expect(log.filter((line) => line.includes('A listener for the progress')).length).toBe(4);
});

test('what a host writes is in the log line by line, bounded, with its model and process', async () => {
  const { hosts, log } = startHosts();
  const numbers = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  await hosts.call(testModel(), testCall('write', { lines: ['hello', 'x'.repeat(10_000)], stream: 'stdout' }));
  await until('it is logged', () => log.some((line) => line.includes('"hello"')));
  const entry = JSON.parse(log.find((line) => line.includes('"hello"')) ?? '{}');
  expect(entry).toMatchObject({ message: 'hello', modelId: 'test-model', processId: hosts.views()[0]?.processId });
  await hosts.call(testModel(), testCall('write', { lines: numbers, stream: 'stderr' }));
  await hosts.dispose();
  await until('the rest is counted', () => log.some((line) => /\(4\d\d more lines\)/.test(line)));
  expect(log.filter((line) => line.includes('line ')).length).toBeLessThan(60);
  expect(Math.max(...log.map((line) => line.length))).toBeLessThan(2_300);
});

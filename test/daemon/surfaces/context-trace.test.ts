import { grym, type CommandOutcome } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { addWorkflows } from './support/workflow-files.js';

const TWICE = `workflow: twice
version: 1
title: Twice
help: Makes a clip, and one that fits it
steps:
  - id: first
    use: generate
    with: { prompt: bass, seed: 1, bars: 1, tempoBpm: 100, key: A minor }
  - id: second
    use: generate
    with: { prompt: '\${ "drums for " + steps.first.clip }', seed: 2, bars: 1 }
outputs:
  clip: '\${ steps.second.clip }'
`;

let daemon: DaemonUnderTest;
beforeAll(async () => {
  daemon = await startTestDaemon();
  await addWorkflows(daemon, { twice: TWICE });
});
afterAll(() => daemon.end());

const run = (...words: string[]): Promise<CommandOutcome> => grym(daemon.environment, words);

const EXPECTED =
  /^second \(generate\)\n(?: .*\n)*? {2}key A minor by rule keep-key from key A minor \(analysis, confidence 1\) \[key: first\]\n(?: .*\n)*? {2}tempoBpm 100 by rule keep-tempo from tempoBpm 100 \(analysis, confidence 1\) \[tempoBpm: first\]$/m;

test('each parameter that a rule set into an ordinary step is shown with its rule and facts, also after a restart', async () => {
  expect((await run('workflow', 'run', 'twice')).code).toBe(0);
  expect(daemon.generator.requests).toMatchObject([{ key: 'A minor' }, { key: 'A minor', tempoBpm: 100 }]);
  expect((await run('show-context', 'last')).out).toMatch(EXPECTED);
  expect((await run('show-context', 'last')).out).toMatch(/^first \(generate\)\n(?: .*\n)*? {2}key A minor as the workflow says$/m);
  daemon = await daemon.restart();
  expect((await run('show-context', 'last')).out).toMatch(EXPECTED);
});

test('a re-run shows the parameters of the steps whose results it shares', async () => {
  expect((await run('rerun', 'last', 'second', '--params', 'key=C major')).code).toBe(0);
  const { out } = await run('show-context', 'last');
  expect(out).toMatch(/^first \(generate\)\n(?: .*\n)*? {2}key A minor as the workflow says$/m);
  expect(out).toMatch(/^second \(generate\)\n(?: .*\n)*? {2}key C major as the workflow says\n {2}metreDenominator 4 by rule keep-metre/m);
});

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { grym, type CommandOutcome } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeBridge } from './support/fake-bridge.js';
import { shellWords } from './support/shell-words.js';
import { addWorkflows, CHOOSE, TAKE_FILE } from './support/workflow-files.js';

let daemon: DaemonUnderTest;
beforeAll(async () => {
  daemon = await startTestDaemon();
  await addWorkflows(daemon, { 'take-file': TAKE_FILE, 'choose-one': CHOOSE });
});
afterAll(() => daemon.end());

const run = (...words: string[]): Promise<CommandOutcome> => grym(daemon.environment, words);

interface Shown {
  readonly run: {
    readonly runId: string;
    readonly state: string;
    readonly error: { readonly code: string } | null;
    readonly problem: { readonly what: string; readonly tried: readonly string[]; readonly next: readonly { command: string }[] } | null;
  };
  readonly steps: readonly {
    readonly path: string;
    readonly state: string;
    readonly attempts: number;
    readonly cachedFrom: string | null;
  }[];
}
const show = async (named = 'last'): Promise<Shown> => JSON.parse((await run('show-run', named, '--json')).out) as Shown;

/** Ways in which a run fails; each ends with the failed run as the newest. */
const FAILURES: readonly [string, () => Promise<CommandOutcome>][] = [
  ['a file that is not there', () => run('run-workflow', 'take-file', `path=${join(daemon.folder, 'nowhere.wav')}`)],
  [
    'a bridge that cannot load the clip',
    async () => {
      const bridge = await FakeBridge.connect(daemon.port, daemon.token);
      bridge.outcome = 'failed';
      const outcome = await run('generate', 'bass', '--slot', '3', '--seed', '99');
      await bridge.close();
      return outcome;
    },
  ],
  [
    'a deadline',
    async () => {
      daemon.generator.holds = true;
      const outcome = await run('run-workflow', 'choose-one', 'prompt=endless', '--deadline-seconds', '0.3');
      daemon.generator.holds = false;
      return outcome;
    },
  ],
  [
    'a cancellation',
    async () => {
      const asked = await run('run-workflow', 'choose-one', 'prompt=cancelled', '--json');
      const { runId } = (JSON.parse(asked.out) as Shown).run;
      await run('cancel-run', runId);
      return { code: 1, out: '', note: '' };
    },
  ],
];

describe.each(FAILURES)('%s', (_, fail) => {
  let failed: Shown;
  beforeAll(async () => {
    expect((await fail()).code).toBe(1);
    failed = await show();
  });

  test('is told: what failed and what can be done', () => {
    expect(['failed', 'cancelled']).toContain(failed.run.state);
    expect(failed.run.error?.code).toMatch(/^GRYM_/);
    if (failed.run.state === 'cancelled') return;
    expect(failed.run.problem?.what).toMatch(/\S+ \S+/);
    expect(failed.run.problem?.next.length).toBeGreaterThan(0);
  });

  test('every command that is offered exists and is understood', async () => {
    for (const { command } of failed.run.problem?.next ?? []) {
      const [program, ...words] = shellWords(command.replaceAll('…', daemon.folder));
      expect(program).toBe('grym');
      const { out } = await run(...words, '--json');
      const { error } = JSON.parse(out) as { error?: { code: string } };
      const misunderstood = ['GRYM_USAGE', 'GRYM_ACTION_PARAMETERS', 'GRYM_ACTION_UNKNOWN', 'GRYM_RUN_UNKNOWN', 'GRYM_STEP_UNKNOWN'];
      expect([command, misunderstood.includes(error?.code ?? '')]).toEqual([command, false]);
    }
  });

  test('show-run says it to people, with the commands', async () => {
    const { code, out } = await run('show-run', failed.run.runId);
    expect(code).toBe(0);
    for (const { command } of failed.run.problem?.next ?? []) expect(out).toContain(command);
  });
});

test('with the cause gone, the offered re-run goes on where it failed', async () => {
  const path = join(daemon.folder, 'later.wav');
  expect((await run('run-workflow', 'take-file', `path=${path}`)).code).toBe(1);
  const failed = await show();
  const made = JSON.parse((await run('list-clips', '--limit', '1', '--json')).out) as { clips: { path: string }[] };
  copyFileSync(made.clips[0]?.path ?? '', path);
  const again = failed.run.problem?.next.find(({ command }) => command.startsWith('grym rerun'))?.command ?? '';
  const words = shellWords(again).slice(1);
  const outcome = await run(...words.slice(0, words.includes('--params') ? words.indexOf('--params') : undefined));
  expect(outcome).toMatchObject({ code: 0, note: expect.not.stringMatching(/grym:/) });
  const { steps } = await show();
  expect(steps).toMatchObject([
    { path: 'make', attempts: 0, cachedFrom: expect.stringMatching(/\S/) },
    { path: 'take', state: 'done', cachedFrom: null },
  ]);
});

test('a run that asks when it is stuck waits with the ways out as options, and goes on with the one that is chosen', async () => {
  const bridge = await FakeBridge.connect(daemon.port, daemon.token);
  bridge.outcome = 'failed';
  const asked = await run('run-workflow', 'generate', 'prompt=bass', 'slot=6', '--when-stuck', 'ask');
  expect(asked).toMatchObject({ code: 0, out: expect.stringMatching(/^state: +waiting-for-decision/m) });
  const [, command = ''] = /Answer: (grym decide .*)$/m.exec(asked.out) ?? [];
  bridge.outcome = 'ready';
  expect(await run(...shellWords(command).slice(1))).toMatchObject({ code: 0, out: expect.stringMatching(/^state: +done/m) });
  await bridge.close();
});

test('what is asked wrongly while a run computes does not touch it', async () => {
  daemon.generator.holds = true;
  const running = run('run-workflow', 'generate', 'prompt=undisturbed');
  while (daemon.generator.requests.at(-1)?.prompt !== 'undisturbed') await new Promise((resolve) => setImmediate(resolve));
  for (const words of [
    ['decide', 'last', '1'],
    ['rerun', 'last', 'nowhere'],
    ['cancel-run', 'ffff'],
    ['run-workflow', 'nothing'],
  ])
    expect((await run(...words)).code).not.toBe(0);
  expect((await show()).run.state).toBe('running');
  daemon.generator.holds = false;
  expect((await run('cancel-run', 'last')).out).toMatch(/cancelled: +true/);
  expect((await running).code).toBe(130);
});

test('the error of a failed request says where to read on', async () => {
  const { note } = await run('run-workflow', 'take-file', 'path=/nowhere/at/all.wav');
  expect(note).toMatch(/grym show-run [0-9a-f]{16}/);
});

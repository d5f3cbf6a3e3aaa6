import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grym, type CommandOutcome } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeClient } from './support/fake-bridge.js';

let daemon: DaemonUnderTest;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon.end());

const run = (...words: string[]): Promise<CommandOutcome> => grym(daemon.environment, words);

interface Asked {
  readonly run: { readonly runId: string; readonly state: string; readonly clipHash: string | null; readonly partOf: string | null };
  readonly plans: readonly {
    provider: string;
    document: string;
    edited: boolean;
    outcome: string | null;
    run: string | null;
    facts: object;
  }[];
}
const json = async (...words: string[]): Promise<Asked> => JSON.parse((await run(...words, '--json')).out) as Asked;

test('what is asked for in plain words is planned and done; who planned is said', async () => {
  const { code, out } = await run('ask', 'dark bass, 110 bpm,', '1 bar');
  expect({ code, state: /^state: +(\S+?),/m.exec(out)?.[1] }).toEqual({ code: 0, state: 'done' });
  expect(out).toContain('Planned by the built-in templates, not by a model.');
  expect(out).toMatch(/^clip: +[0-9a-f]{12}$/m);
  const [asked] = daemon.generator.requests;
  expect(asked).toMatchObject({ tempoBpm: 110, bars: 1 });
});

test('the reply names each plan, what was understood, and what became of it', async () => {
  const { run: done, plans } = await json('ask', 'warm pad, 90 bpm, 1 bar', '--seed', '5');
  expect(done).toMatchObject({ state: 'done', partOf: null });
  expect(plans).toMatchObject([{ provider: 'templates', edited: false, outcome: 'done', facts: { tempoBpm: 90, bars: 1 } }]);
  expect(daemon.generator.requests.at(-1)).toMatchObject({ seed: 5 });
  const part = await json('show-run', plans[0]?.run ?? '');
  expect(part.run).toMatchObject({ partOf: done.runId, clipHash: done.clipHash });
});

test('"last" is what was asked for, and not the run that carries its plan out', async () => {
  const { plans, run: asked } = await json('ask', 'warm pad, 1 bar');
  expect((await json('show-run', 'last')).run.runId).toBe(asked.runId);
  expect((await run('list-runs')).out).toContain(plans[0]?.run ?? 'no run');
});

describe('with review', () => {
  let runId = '';

  test('nothing is made before the plan was seen; it is shown in plain words and as a document', async () => {
    const made = daemon.generator.requests.length;
    const listener = await FakeClient.open(daemon.port);
    await listener.identify(daemon.token, { subscribe: ['runs'] });
    const { out } = await run('ask', 'bright lead, 1 bar', '--review');
    runId = /^run: +(\S+)$/m.exec(out)?.[1] ?? '';
    expect(out).toMatch(/^ {2}1\. the workflow generate \(Makes a clip.*with prompt "bright lead, 1 bar"/m);
    expect(out).toMatch(/^ {2}workflow: planned$/m);
    expect(out).toContain(`grym decide ${runId} run --path 'rounds[0]/review' --document plan.yaml`);
    expect(daemon.generator.requests).toHaveLength(made);
    const event = await listener.expect('event', ({ name }) => name === 'decision');
    expect(event.data).toMatchObject({ runId, takesDocument: true, details: expect.stringContaining('workflow: planned') as string });
    await listener.close();
  });

  test('the plan can be had as a file, and a changed one that is wrong is refused with its mistakes', async () => {
    const { out } = await run('plan', '--of', 'last');
    expect(out).toMatch(/^# Planned by the built-in templates[^]*^workflow: planned$/m);
    const file = join(daemon.folder, 'plan.yaml');
    writeFileSync(file, out.replace('workflow: generate', 'workflow: genrate'));
    const refused = await run('decide', 'last', 'run', '--document', file);
    expect(refused.code).toBe(2);
    expect(refused.note).toMatch(/line \d+, column \d+: .*"genrate".*Did you mean "generate"/);
    expect((await json('show-run', 'last')).run.state).toBe('waiting-for-decision');
    writeFileSync(file, out.replaceAll('bright lead', 'dull lead'));
  });

  test('the changed plan is what is carried out', async () => {
    const { code } = await run('decide', 'last', 'run', '--document', join(daemon.folder, 'plan.yaml'));
    expect(code).toBe(0);
    expect(daemon.generator.requests.at(-1)).toMatchObject({ prompt: 'dull lead, 1 bar' });
    expect((await run('show-run', runId)).out).toContain('A document was given with the answer.');
  });

  test('a file that is not there is named', async () => {
    const { code, note } = await run('decide', 'last', 'run', '--document', '/nowhere/plan.yaml');
    expect({ code, named: note.includes('/nowhere/plan.yaml') }).toEqual({ code: 2, named: true });
  });
});

test('plan prints a document that can be run, and makes nothing', async () => {
  const made = daemon.generator.requests.length;
  const { out } = await run('plan', 'low', 'drone,', '1 bar');
  expect(daemon.generator.requests).toHaveLength(made);
  const file = join(daemon.folder, 'mine.yaml');
  writeFileSync(file, out);
  expect((await run('workflow', 'run', file)).code).toBe(0);
  expect(daemon.generator.requests.at(-1)).toMatchObject({ prompt: 'low drone, 1 bar' });
});

test.each([
  [['plan'], /give either what is wanted, in words, or the run/],
  [['plan', 'words', '--of', 'last'], /give either/],
  [['ask', ' '], /words that say what is wanted/],
  [['ask', 'clean this up'], /needs clip/],
])('grym %j is told what is missing', async (words, sentence) => {
  const { code, note } = await run(...words);
  expect(code).not.toBe(0);
  expect(note).toMatch(sentence);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { grym, type CommandOutcome } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeClient } from './support/fake-bridge.js';
import { addWorkflows, CHOOSE } from './support/workflow-files.js';

let daemon: DaemonUnderTest;
let listener: FakeClient;
beforeAll(async () => {
  daemon = await startTestDaemon();
  await addWorkflows(daemon, { 'choose-one': CHOOSE });
  listener = await FakeClient.open(daemon.port);
  await listener.identify(daemon.token, { subscribe: ['runs'] });
});
afterAll(async () => {
  await listener.close();
  await daemon.end();
});

const run = (...words: string[]): Promise<CommandOutcome> => grym(daemon.environment, words);

interface Shown {
  readonly run: { readonly runId: string; readonly state: string; readonly clipHash: string | null; readonly rerunOf: string | null };
  readonly steps: readonly { path: string; state: string; attempts: number; cachedFrom: string | null; input?: object }[];
}
const json = async (...words: string[]): Promise<Shown> => JSON.parse((await run(...words, '--json')).out) as Shown;

// One session, as a producer has it: each test goes on where the one before ended.
describe('a session', () => {
  let runId = '';

  test('the library lists the workflow of the folder, with the built-in ones', async () => {
    const { out } = await run('workflow', 'list');
    expect(out).toMatch(/^choose-one +user +ready +Makes several clips/m);
    expect(out).toMatch(/^generate +built-in +ready/m);
    expect((await run('workflow', 'show', 'choose-one')).out).toMatch(/^count +integer, 1 to 8 +2 +How many/m);
  });

  test('the run makes its candidates and asks', async () => {
    const { code, out, note } = await run('workflow', 'run', 'choose-one', 'prompt=sub bass', 'count=3', '--seed', '5');
    expect({ code, note: /error|grym:/.test(note) }).toEqual({ code: 0, note: false });
    expect(note).toMatch(/^ +\d+ % /m);
    expect(out).toMatch(/Which one\?\n {2}1 +.*\n {2}2 +.*\n {2}3 +/);
    runId = /^run: +(\S+)$/m.exec(out)?.[1] ?? '';
    expect(out).toContain(`grym decide ${runId} 1`);
    expect(daemon.generator.requests.map(({ seed }) => seed).sort()).toEqual([5, 6, 7]);
  });

  test('the question is an event, and in the list of decisions', async () => {
    const event = await listener.expect('event', ({ name }) => name === 'decision');
    expect(event.data).toMatchObject({ runId, workflow: 'choose-one', path: 'choose', question: 'Which one?', multiple: false });
    expect((await run('list-decisions')).out).toMatch(new RegExp(`Choose one, asked .*\nWhich one\\?[^]*grym decide ${runId}`));
    expect((await run('status')).out).toMatch(/1 for a decision/);
  });

  test('an answer that was not offered is refused, and the run waits on', async () => {
    const { code, note } = await run('decide', runId, '9');
    expect(code).toBe(2);
    expect(note).toMatch(/answer "9" does not fit/);
    expect((await json('show-run', runId)).run.state).toBe('waiting-for-decision');
  });

  test('the answer lets it go on to the end', async () => {
    const { code, out } = await run('decide', runId.slice(-6), '2');
    expect({ code, state: /^state: +(\S+?),/m.exec(out)?.[1] }).toEqual({ code: 0, state: 'done' });
    expect((await run('list-decisions')).out).toBe('No run waits for a decision.\n');
    const { note } = await run('decide', runId, '1');
    expect(note).toMatch(/waits for no decision/);
  });

  test('the tree of the run shows each step with state and time', async () => {
    const { out } = await run('show-run', runId);
    for (const line of [
      /^ {2}candidates$/m,
      /^ {4}\[2\]$/m,
      /^ {4}✓ make +generate +done/m,
      /^✓ choose +audition +done/m,
      /^✓ level +fit +done/m,
    ])
      expect(out).toMatch(line);
  });

  test('a re-run of the last step runs that step only, and leaves the first run as it was', async () => {
    const made = daemon.generator.requests.length;
    const first = await json('show-run', runId);
    const { code } = await run('rerun', runId, 'level', '--params', 'loudnessLufs=-12');
    expect(code).toBe(0);
    const again = await json('show-run', 'last', '--values');
    expect(again.run).toMatchObject({ state: 'done', rerunOf: runId });
    expect(again.run.clipHash).not.toBe(first.run.clipHash);
    expect(again.steps.filter(({ attempts }) => attempts > 0)).toMatchObject([{ path: 'level', input: { loudnessLufs: -12 } }]);
    expect(daemon.generator.requests.length).toBe(made);
    expect(await json('show-run', runId)).toEqual(first);
  });

  test('the run says which parameters were set, in text and as data', async () => {
    expect((await run('show-run', 'last')).out).toMatch(/^set for level: +loudnessLufs=-12$/m);
    expect(await json('show-run', 'last')).toMatchObject({ run: { edits: { level: { loudnessLufs: -12 } } } });
    expect(await json('show-run', runId)).toMatchObject({ run: { edits: {} } });
  });

  test('in the order of the guide: an input that is changed after a parameter was set takes effect, and the run says so', async () => {
    const { code, out } = await run('rerun', 'last', 'level', 'loudness=-20');
    expect(code).toBe(0);
    expect(out).toMatch(/loudnessLufs=-12 of the step "level".* counts no more/);
    expect((await json('show-run', 'last', '--values')).steps.at(-1)).toMatchObject({ path: 'level', input: { loudnessLufs: -20 } });
  });

  test.each([
    [['lodnessLufs=-12'], /no parameter "lodnessLufs"\. Did you mean "loudnessLufs"\?/],
    [['loudnessLufs=loud'], /loudnessLufs: /],
  ])('a parameter that the step cannot take (%j) is wrong usage, and no run is made', async (params, message) => {
    const before = (await run('list-runs', '--json')).out;
    const { code, note } = await run('rerun', runId, 'level', '--params', ...params);
    expect({ code, note }).toEqual({ code: 2, note: expect.stringMatching(message) });
    expect((await run('list-runs', '--json')).out).toBe(before);
  });

  test('an input that is changed is read as its type', async () => {
    const { code } = await run('rerun', runId, 'level', 'loudness=-24');
    expect(code).toBe(0);
    expect((await json('show-run', 'last', '--values')).steps.at(-1)).toMatchObject({ input: { loudnessLufs: -24 } });
  });

  test('the history goes into a file, which is never overwritten', async () => {
    const file = join(daemon.folder, 'history.json');
    expect((await run('export-history', runId, file)).code).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ runId, workflow: 'choose-one', end: { state: 'done' } });
    const { code, note } = await run('export-history', runId, file);
    expect({ code, note }).toEqual({ code: 1, note: expect.stringMatching(/a file already/) });
  });
});

test('paused, nothing starts; resumed, it goes on', async () => {
  expect((await run('pause-queue')).code).toBe(0);
  const made = daemon.generator.requests.length;
  expect((await run('generate', 'later', '--no-wait')).code).toBe(0);
  expect((await run('status')).out).toMatch(/^queue: +paused/m);
  expect(daemon.generator.requests.length).toBe(made);
  expect((await run('resume-queue')).code).toBe(0);
  expect((await run('show-run', 'last', '--wait')).out).toMatch(/^state: +library-only|^state: +done/m);
  expect(daemon.generator.requests.length).toBe(made + 1);
});

test('Ctrl-C cancels the run and stops what it computes', async () => {
  daemon.generator.holds = true;
  const cancelled = daemon.generator.cancelled;
  const interrupt = new AbortController();
  const running = grym(daemon.environment, ['run-workflow', 'choose-one', 'prompt=endless', 'count=1'], interrupt.signal);
  while (daemon.generator.requests.at(-1)?.prompt !== 'endless') await new Promise((resolve) => setImmediate(resolve));
  interrupt.abort();
  expect((await running).code).toBe(130);
  expect(daemon.generator.cancelled).toBe(cancelled + 1);
  daemon.generator.holds = false;
  expect((await json('show-run', 'last')).run.state).toBe('cancelled');
});

test('going away while a decided run goes on does not stop it', async () => {
  const { run: asked } = await json('run-workflow', 'choose-one', 'prompt=asked', 'count=1');
  const interrupt = new AbortController();
  const deciding = grym(daemon.environment, ['decide', asked.runId, '1'], interrupt.signal);
  interrupt.abort();
  await deciding;
  await run('decide', asked.runId, '1');
  expect((await run('show-run', asked.runId, '--wait')).out).toMatch(/^state: +done/m);
});

test('the same request key names the same run', async () => {
  const words = ['run-workflow', 'generate', 'prompt=bass', 'bars=1', '--request-key', 'once'];
  expect((await json(...words)).run.runId).toBe((await json(...words)).run.runId);
});

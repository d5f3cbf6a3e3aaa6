import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { grym } from './support/callers.js';
import { startTestDaemon, temporaryEnvironment, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeBridge } from './support/fake-bridge.js';
import { ProgressLine } from '../../../daemon/surfaces/cli/index.js';

let daemon: DaemonUnderTest;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon.end());

/** Asks where no daemon runs. */
async function runAlone(...words: string[]): ReturnType<typeof grym> {
  const { folder, environment } = temporaryEnvironment();
  const outcome = await grym(environment, words);
  rmSync(folder, { recursive: true, force: true });
  return outcome;
}
const run = (...words: string[]): ReturnType<typeof grym> => grym(daemon.environment, words);

test('without a daemon: says so, how to start one, and ends with 4', async () => {
  const { code, note, out } = await runAlone('generate', 'dark', 'bass');
  expect({ code, out }).toEqual({ code: 4, out: '' });
  expect(note).toMatch(/No daemon runs.*\n.*npm start/);
});

test('with --json an error is JSON on the standard output', async () => {
  const { code, out, note } = await runAlone('--json', 'status');
  expect({ code, note }).toEqual({ code: 4, note: '' });
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'GRYM_DAEMON_ABSENT', kind: 'transient' } });
});

test.each([
  [['genrate', 'x'], /unknown command 'genrate'.*generate/],
  [['generate'], /missing required argument 'prompt'/],
  [['models', 'add', 'x', '--accept-licence'], /unknown option '--accept-licence', which is one of grym .*models pull/],
  [['generate', 'x', '--tempo', '120'], /unknown option '--tempo'.*--tempo-bpm/],
  [['launch'], /missing required argument 'slot'/],
  [['completion', 'tcsh'], /tcsh.*bash, zsh, fish/],
  [['generate', 'x', '--tempo-bpm', 'fast'], /tempoBpm must be a number, got "fast"/],
  [['launch', '99'], /slot must be at most 15, got 99/],
])('wrong usage %j ends with 2 and one sentence', async (words, sentence) => {
  const { code, note } = await run(...words);
  expect(code).toBe(2);
  expect(note).toMatch(sentence);
});

test('a request that fails ends with 1', async () => {
  expect((await run('keep', 'ffffffff')).code).toBe(1);
});

test('generate shows its progress as plain lines and its clip as facts', async () => {
  const { code, out, note } = await run('generate', 'dark', 'bass', '--seed', '3', '--bars', '2');
  expect(code).toBe(0);
  expect(note).toMatch(/^ +\d+ % {2}synthesising$/m);
  expect(out).toMatch(/^file: +\/.*\/clips\/[0-9a-f]{64}\.wav$/m);
  expect(out).toMatch(/No bridge is connected, so the clip is in the library only/);
  expect(daemon.generator.requests.at(-1)).toMatchObject({ prompt: 'dark bass', seed: 3, bars: 2 });
});

test('lists and status are tables for people', async () => {
  const bridge = await FakeBridge.connect(daemon.port, daemon.token);
  expect((await run('list-clips')).out).toMatch(/^CLIP +INSTRUMENT +BPM/);
  expect((await run('list-bridges')).out).toMatch(/^BRIDGE +ID .*\nBass +11111111 +connected/);
  expect((await run('list-runs')).out).toMatch(/^RUN +WORKFLOW +STATE/);
  expect((await run('status')).out).toMatch(/^bridges: +1 connected/m);
  await bridge.close();
});

test('Ctrl-C cancels the request on the daemon and ends with 130', async () => {
  daemon.generator.holds = true;
  const interrupt = new AbortController();
  const before = daemon.generator.cancelled;
  const running = grym(daemon.environment, ['generate', 'endless'], interrupt.signal);
  while (!daemon.generator.requests.some(({ prompt }) => prompt === 'endless')) await new Promise((resolve) => setTimeout(resolve, 5));
  interrupt.abort();
  expect((await running).code).toBe(130);
  expect(daemon.generator.cancelled).toBe(before + 1);
  daemon.generator.holds = false;
});

test('help lists every action and the exit statuses', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  expect(out).toMatch(/generate .*list-bridges .*status .*Exit status: 0 done/s);
  expect((await run('generate', '--help')).out).toMatch(/--tempo-bpm <number>/);
});

test('a group without a command shows what there is in it, and ends with 2', async () => {
  const { code, note } = await run('workflow');
  expect({ code, note }).toEqual({ code: 2, note: expect.stringMatching(/^Usage: grym workflow[^]* validate /) });
  expect((await run('workflow', 'lst')).note).toMatch(/unknown command 'lst'.*list/);
});

test('the bash completion completes commands and flags in a real bash', async () => {
  const { out } = await run('completion', 'bash');
  const complete = (...words: string[]): string =>
    execFileSync(
      'bash',
      [
        '-c',
        `${out}\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length - 1}; _grym; echo "\${COMPREPLY[@]}"`,
      ],
      { encoding: 'utf8' },
    );
  expect(complete('grym', 'gen').trim()).toBe('generate');
  expect(complete('grym', 'generate', '--temp').trim()).toBe('--tempo-bpm');
});

test('--json gives the script as a value', async () => {
  const { out } = await run('completion', 'bash', '--json');
  expect(JSON.parse(out)).toEqual({ shell: 'bash', script: (await run('completion', 'bash')).out });
});

test('zsh and fish completions name every command', async () => {
  for (const shell of ['zsh', 'fish']) expect((await run('completion', shell)).out).toMatch(/generate[\s\S]*shutdown/);
});

test('the progress line on a terminal says how long the rest takes', () => {
  let now = 0;
  const written: string[] = [];
  const line = new ProgressLine({ out: () => undefined, note: (text) => written.push(text), live: true, columns: 100 }, () => now);
  now = 5_000;
  line.update(0.5, 'synthesising');
  line.end();
  expect(written[0]).toMatch(/█{12}░{12} +50 % +5\.0 s left +synthesising/);
  expect(written[1]).toBe('\r\u001b[K');
});

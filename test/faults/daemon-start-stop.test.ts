import { createServer } from 'node:net';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FakeClient } from '../daemon/surfaces/support/fake-bridge.js';
import { DaemonProcess, makeFolders, removeFolders, type Folders } from './support/daemon-process.js';

let folders: Folders;
const started: DaemonProcess[] = [];
beforeEach(() => {
  folders = makeFolders();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((daemon) => daemon.kill()));
  removeFolders(folders);
});

async function start(...args: string[]): Promise<DaemonProcess> {
  const daemon = await DaemonProcess.start(folders, args);
  started.push(daemon);
  return daemon;
}

async function runToEnd(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; out: string; note: string }> {
  const daemon = DaemonProcess.spawn(folders, args, environment);
  started.push(daemon);
  const { code } = await daemon.exited;
  return { code, out: daemon.out, note: daemon.note };
}

const wavPath = (text: string): string => /^file: +(\/.*\.wav)$/m.exec(text)?.[1] ?? '';

test('starts in under 2 s, writes daemon.json for its user only, and takes it away on SIGTERM', async () => {
  // The best of three: what else runs on the computer is not the daemon's time.
  const times: number[] = [];
  for (let count = 0; count < 2; count += 1) {
    const begun = performance.now();
    await (await start()).kill('SIGTERM');
    times.push(performance.now() - begun);
  }
  const begun = performance.now();
  const daemon = await start();
  times.push(performance.now() - begun);
  expect(Math.min(...times)).toBeLessThan(2_000);
  const path = join(folders.runtime, 'daemon.json');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(folders.runtime).mode & 0o777).toBe(0o700);
  expect(statSync(join(folders.runtime, 'token')).mode & 0o777).toBe(0o600);
  expect(daemon.file()).toMatchObject({ processId: daemon.processId, protocolVersions: [1], clipFolder: join(folders.data, 'clips') });
  expect(await daemon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(existsSync(path)).toBe(false);
  expect(daemon.out).toMatch(/is ready on 127\.0\.0\.1:\d+.*What next:/s);
});

test.each(['SIGINT', 'SIGHUP'] as const)(
  '%s stops in order, and again right after it, as npm forwards it, changes nothing',
  async (signal) => {
    const daemon = await start();
    daemon.child.kill(signal);
    expect(await daemon.kill(signal)).toEqual({ code: 0, signal: null });
    expect(existsSync(join(folders.runtime, 'daemon.json'))).toBe(false);
  },
);

test('a reader of its output that goes away does not take the daemon with it', async () => {
  const daemon = DaemonProcess.spawn(folders);
  started.push(daemon);
  daemon.child.stdout?.destroy();
  daemon.child.stderr?.destroy();
  await daemon.ready();
  const client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token);
  expect((await client.request('status')).error).toBeUndefined();
  await client.close();
});

test('--once makes the clip, prints its path and ends with 0', async () => {
  const { code, out } = await runToEnd(['--once', 'dark analog bass loop, 120 bpm, 2 bars, A minor']);
  expect(code).toBe(0);
  expect(readFileSync(wavPath(out)).subarray(0, 4).toString()).toBe('RIFF');
});

test('--once --json prints the result as one line of JSON', async () => {
  const { code, out } = await runToEnd(['--json', '--once', 'kick, 120 bpm, 1 bar']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ state: 'done', clip: { tempoBpm: 120, bars: 1 } });
});

test('the explanation is what the generator found the words to do on this instrument', async () => {
  const { out } = await runToEnd(['--json', '--once', 'jazzy wide kick, 120 bpm, 1 bar']);
  const { explanation } = JSON.parse(out) as { explanation: string[] };
  expect(explanation).toContain('“jazzy” had no effect: kick has nothing that it could change.');
  expect(explanation).toContainEqual(expect.stringMatching(/^“wide”: width [\d.]+ → [\d.]+\.$/));
});

test('a prompt given while a daemon runs goes to that daemon', async () => {
  const daemon = await start();
  const { code, out, note } = await runToEnd(['snare,', '100', 'bpm,', '1', 'bar']);
  expect(code).toBe(0);
  expect(note).toContain(`A daemon runs already (process ${daemon.processId})`);
  expect(existsSync(wavPath(out))).toBe(true);
  const client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token);
  expect((await client.request('list-clips')).result).toMatchObject({ total: 1 });
  await client.close();
});

test('a second daemon without a prompt refuses and names the first', async () => {
  const daemon = await start();
  const { code, note } = await runToEnd([]);
  expect(code).toBe(1);
  expect(note).toContain(`A daemon runs already (process ${daemon.processId}, port ${daemon.port})`);
});

test('two daemons of different runtime folders do not share a library', async () => {
  const daemon = await start();
  const { code, note } = await runToEnd([], { GRYM_RUNTIME_DIR: join(folders.root, 'other') });
  expect(code).toBe(1);
  expect(note).toContain(`in use by another daemon (process ${daemon.processId})`);
});

const DEFAULT_PORT = 14_796;

/** Takes a port for this process, or leaves it to the one that has it already. */
async function takePort(port: number): Promise<{ port: number; free: () => void }> {
  const server = createServer();
  const taken = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  const address = server.address();
  return { port: typeof address === 'object' ? (address?.port ?? port) : port, free: () => void (taken && server.close()) };
}

test('a port that was given and is taken is an error that names the process', async () => {
  const { port, free } = await takePort(0);
  const { code, note } = await runToEnd([`--port=${port}`]);
  free();
  expect(code).toBe(1);
  expect(note).toMatch(new RegExp(`Port ${port} is taken by process ${process.pid} \\(.*node`));
  expect(existsSync(join(folders.runtime, 'daemon.json'))).toBe(false);
});

test('a given port is meant, even where it is the default one', async () => {
  const { free } = await takePort(DEFAULT_PORT);
  const config = join(folders.root, 'config.json');
  writeFileSync(config, JSON.stringify({ port: DEFAULT_PORT }));
  const outcomes = [
    await runToEnd([`--port=${DEFAULT_PORT}`]),
    await runToEnd([], { GRYM_PORT: String(DEFAULT_PORT) }),
    await runToEnd([`--config=${config}`], { GRYM_PORT: '' }),
  ];
  free();
  expect(outcomes.map(({ code }) => code)).toEqual([1, 1, 1]);
  for (const { note } of outcomes) expect(note).toMatch(/Port 14796 is taken by process \d+ \(.+\)/);
});

test('the default port that is taken is a warning that names the process, and a free one is used', async () => {
  const { free } = await takePort(DEFAULT_PORT);
  const daemon = DaemonProcess.spawn(folders, [], { GRYM_PORT: '' });
  started.push(daemon);
  const { port } = await daemon.ready();
  free();
  expect(port).not.toBe(DEFAULT_PORT);
  expect(daemon.note).toMatch(/Port 14796 is taken by process \d+ \(.+\)\. Using a free port instead\./);
  const client = await FakeClient.open(port);
  await client.identify(daemon.token);
  expect((await client.request('status')).result).toMatchObject({ port });
  await client.close();
});

test.each<[string, (own: number) => number]>([
  ['a process that is gone', () => 2 ** 22 - 1],
  ['a process that is no daemon', (own) => own],
])('a daemon.json left by %s does not keep a daemon from starting', async (_, processId) => {
  mkdirSync(folders.runtime, { mode: 0o700 });
  const stale = {
    port: 9,
    processId: processId(process.pid),
    tokenPath: '/nowhere',
    protocolVersions: [1],
    daemonVersion: '0',
    clipFolder: '/nowhere',
  };
  writeFileSync(join(folders.runtime, 'daemon.json'), JSON.stringify(stale));
  const daemon = await start();
  expect(daemon.file()?.processId).toBe(daemon.processId);
});

test.each<[string, string[], Record<string, string>, number, RegExp]>([
  ['--once without a prompt', ['--once'], {}, 2, /--once needs a prompt/],
  ['a flag that there is not', ['--sampel-rate', '1'], {}, 2, /There is no flag --sampel-rate\. Did you mean "--sample-rate"/],
  ['a port that cannot be', ['--port', '70000'], {}, 2, /port from the flag --port: expected at most 65535, got 70000/],
  ['a configuration file that there is not', ['--config', '/nowhere.json'], {}, 2, /\/nowhere\.json cannot be read/],
  ['an impossible tempo', ['--once', 'bass, 9000 bpm'], {}, 2, /9000/],
  ['a library that cannot be', [], { GRYM_DATA_DIR: '/dev/null/library' }, 1, /library cannot be written at \/dev\/null\/library/],
  ['a library under /proc', [], { GRYM_DATA_DIR: '/proc/grym-library' }, 1, /library cannot be written at \/proc\/grym-library/],
  ['a runtime folder under /proc', [], { GRYM_RUNTIME_DIR: '/proc/grym-run' }, 1, /runtime folder \/proc\/grym-run cannot be trusted/],
  ['a full disk', ['--once', 'bass'], { GRYM_FAILPOINTS: 'blob.writing=ENOSPC' }, 1, /library cannot be written/],
])('%s is one sentence and a status other than 0', async (_, args, environment, code, sentence) => {
  const outcome = await runToEnd(args, environment);
  expect(outcome.code).toBe(code);
  expect(outcome.note).toMatch(sentence);
  expect(outcome.note).not.toMatch(/\n +at /);
});

test('SIGINT while a clip is made for --once ends with 130', async () => {
  const daemon = DaemonProcess.spawn(folders, ['--once', 'ambient pad, 60 bpm, 60 bars']);
  started.push(daemon);
  await daemon.ready();
  while (!daemon.note.includes('rendering')) await wait(5);
  expect((await daemon.kill('SIGINT')).code).toBe(130);
});

test('a run that an orderly stop interrupts continues with the next start', async () => {
  const daemon = await start();
  const client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token);
  client.send({ type: 'request', id: 1, action: 'generate', params: { prompt: 'ambient pad, 120 bpm, 16 bars', seed: 4 } });
  await client.expect('progress', ({ stage }) => /render/.test(stage));
  await daemon.kill('SIGTERM');
  expect((await client.expect('reply')).error?.code).toBe('GRYM_SHUTTING_DOWN');
  const again = await start();
  const other = await FakeClient.open(again.port);
  await other.identify(again.token);
  for (;;) {
    const { runs } = (await other.request('list-runs')).result as { runs: { state: string; resumptions: number; seed: number }[] };
    if (runs[0]?.state === 'done') {
      expect(runs).toMatchObject([{ resumptions: 1, seed: 4 }]);
      break;
    }
    expect(['queued', 'running']).toContain(runs[0]?.state);
    await wait(50);
  }
  await other.close();
});

import { join } from 'node:path';
import { ClapHost } from './support/clap-host.js';
import { FakeDaemon, FakeStoppedDaemon, RuntimeFolder } from './support/fake-daemon.js';

let folder: RuntimeFolder;
let daemon: FakeDaemon;
let host: ClapHost;

beforeEach(async () => {
  folder = new RuntimeFolder();
  daemon = await FakeDaemon.start(folder);
  host = await startHost();
});
afterEach(async () => {
  await host.dispose();
  await daemon.kill();
  folder.remove();
});

function startHost(): Promise<ClapHost> {
  return ClapHost.start({ GRYM_RUNTIME_DIR: folder.path, GRYM_DATA_DIR: folder.path, GRYM_CAPTURE_SECONDS: '15' });
}

async function bridgeIdOf(instance: ClapHost): Promise<string> {
  return (JSON.parse(await instance.command('slots')) as { bridgeId: string }).bridgeId;
}

/** A project's state with an id of its own. */
async function savedProject(): Promise<{ file: string; bridgeId: string }> {
  const file = join(folder.path, 'project.bin');
  const other = await startHost();
  await other.command(`state save ${file}`);
  const bridgeId = await bridgeIdOf(other);
  await other.quit();
  return { file, bridgeId };
}

const linesAbout = (pattern: RegExp): string[] => host.errors.filter((line) => pattern.test(line));

test('the id of a project that is loaded while the daemon answers stays', async () => {
  const project = await savedProject();
  let release = (): void => undefined;
  daemon.beforeIdentified = new Promise((resolve) => (release = resolve));
  await host.command('activate 48000 128');
  const first = await daemon.identified();
  expect(first.bridgeId).not.toBe(project.bridgeId);
  await host.command(`state load ${project.file}`);
  const from = daemon.messages.length;
  release();
  expect(await daemon.identified(from)).toMatchObject({ bridgeId: project.bridgeId });
  expect(await bridgeIdOf(host)).toBe(project.bridgeId);
});

test('a project that is loaded into a connected bridge identifies itself anew, and two copies never share an id', async () => {
  const project = await savedProject();
  await host.command('activate 48000 128');
  await daemon.identified();
  await host.command('wait 200');
  const from = daemon.messages.length;
  await host.command(`state load ${project.file}`);
  const loaded = performance.now();
  expect(await daemon.identified(from)).toMatchObject({ bridgeId: project.bridgeId });
  expect(performance.now() - loaded).toBeLessThan(200);
  expect(daemon.messages.slice(from).some((message) => message.type === 'bridge-update')).toBe(false);
});

test('a daemon that stands still is left for another within 1 s, before and after it has answered', async () => {
  await host.command('activate 48000 128');
  await daemon.identified();
  const second = await FakeDaemon.start(folder); // the first one keeps its connection
  const announced = performance.now();
  await second.identified();
  expect(performance.now() - announced).toBeLessThan(1_000);

  await second.kill();
  const stopped = await FakeStoppedDaemon.start(second.port);
  await host.command('wait 600');
  expect(stopped.connectionCount).toBeGreaterThan(0);
  const from = daemon.messages.length;
  folder.announce(daemon.port);
  const again = performance.now();
  await daemon.identified(from);
  expect(performance.now() - again).toBeLessThan(1_000);
  await stopped.kill();
});

test('a daemon with another token is another daemon; the same facts written again change nothing', async () => {
  await host.command('activate 48000 128');
  await daemon.identified();
  folder.announce(daemon.port);
  await host.command('wait 600');
  expect(daemon.connectionCount).toBe(1);
  folder.announce(daemon.port, { token: 'f'.repeat(64) });
  const token = await daemon.next('identify', (message) =>
    message.type === 'identify' && message.token === 'f'.repeat(64) ? message.token : undefined,
  );
  expect(token).toHaveLength(64);
});

test('a wrong token is said once, not with every attempt', async () => {
  daemon.bridgeIdFor = () => null;
  await host.commands('activate 48000 128', 'wait 1200');
  expect(daemon.connectionCount).toBeGreaterThan(2);
  expect(linesAbout(/does not accept the token .*close code 4003/)).toHaveLength(1);
  expect(host.errors).toHaveLength(1);
});

test('each reason not to trust the files of a daemon is said once', async () => {
  folder.announce(daemon.port, { fileMode: 0o644 });
  await host.commands('activate 48000 128', 'wait 700');
  folder.announce(daemon.port, { tokenMode: 0o640 });
  await host.command('wait 700');
  expect(linesAbout(/daemon\.json may be read or written by others/)).toHaveLength(1);
  expect(linesAbout(/token may be read or written by others/)).toHaveLength(1);
  expect(host.errors).toHaveLength(2);
});

test('a sample rate that nobody has is said once and connects to nobody; a huge block is told as the largest', async () => {
  await host.commands('activate 4000 128', 'wait 700');
  expect(daemon.connectionCount).toBe(0);
  expect(linesAbout(/sample rate is outside/)).toHaveLength(1);
  await host.commands('deactivate', 'activate 48000 2000000');
  expect(await daemon.identified()).toMatchObject({ sampleRate: 48_000, maximumBlock: 1_048_576 });
});

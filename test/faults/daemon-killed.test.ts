import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FakeClient } from '../daemon/surfaces/support/fake-bridge.js';
import { ClapHost } from '../plugin/support/clap-host.js';
import { DaemonProcess, makeFolders, removeFolders, type Folders } from './support/daemon-process.js';

const SAMPLE_RATE = 48_000;
const BLOCK = 256;
const REATTACH_MS = 1_000;

interface Listed {
  readonly connected: boolean;
  readonly segment: string | null;
  readonly slots: readonly { readonly state: string; readonly hash: string | null }[];
}

async function connect(daemon: DaemonProcess): Promise<FakeClient> {
  const client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token);
  return client;
}

async function theBridge(client: FakeClient): Promise<Listed | undefined> {
  const { bridges } = (await client.request('list-bridges')).result as { bridges: Listed[] };
  return bridges[0];
}

/** Milliseconds until the plugin is connected with its segment attached. */
async function untilAttached(client: FakeClient): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const bridge = await theBridge(client);
    const elapsed = performance.now() - begun;
    if (bridge?.connected === true && bridge.segment !== null) return elapsed;
    if (elapsed > 10_000) throw new Error('the plugin did not connect within 10 s');
    await wait(5);
  }
}

interface Disturbance {
  /** While the slot sounds. */
  readonly during: (daemon: DaemonProcess, folders: Folders) => Promise<DaemonProcess>;
  /** Some blocks later. */
  readonly after: (daemon: DaemonProcess, folders: Folders) => Promise<DaemonProcess>;
}

const leave = async (daemon: DaemonProcess): Promise<DaemonProcess> => daemon;

/** Plays a slot through the real plugin while something happens to the daemon; hands back what the host heard. */
async function play(disturbance: Disturbance): Promise<{ heard: Buffer; reattachMs: number; clipHash: string }> {
  const folders = makeFolders();
  let daemon = await DaemonProcess.start(folders);
  let host: ClapHost | undefined;
  try {
    host = await ClapHost.start({ GRYM_RUNTIME_DIR: folders.runtime, GRYM_CAPTURE_SECONDS: '15' });
    await host.commands(`activate ${SAMPLE_RATE} ${BLOCK}`, 'transport tempo 120', 'input silence');
    const client = await connect(daemon);
    await untilAttached(client);
    const made = await client.request('generate', { prompt: 'bright lead, 120 bpm, 1 bar, A minor', seed: 11, slot: 0 });
    expect(made.error).toBeUndefined();
    const clipHash = (made.result as { clip: { hash: string } }).clip.hash;
    await client.close();

    const output = join(folders.root, 'heard.raw');
    await host.commands('process 40', `output ${output}`, 'note on 36', 'transport play', 'process 300 realtime');
    daemon = await disturbance.during(daemon, folders);
    await host.command('process 300 realtime');
    daemon = await disturbance.after(daemon, folders);
    const again = await connect(daemon);
    const reattachMs = await untilAttached(again);
    await host.commands('process 300 realtime', 'output off');

    // What was there before is there still, and the bridge obeys.
    expect((await theBridge(again))?.slots[0]).toMatchObject({ state: 'ready', hash: clipHash });
    expect((await again.request('stop', { slot: 0, when: 'now' })).error).toBeUndefined();
    await again.close();
    for (const file of readdirSync(join(folders.data, 'clips'))) {
      const content = readFileSync(join(folders.data, 'clips', file));
      expect(createHash('sha256').update(content).digest('hex')).toBe(file.replace('.wav', ''));
    }
    await host.quit();
    return { heard: readFileSync(output), reattachMs, clipHash };
  } finally {
    await host?.dispose();
    await daemon.kill();
    removeFolders(folders);
  }
}

let undisturbed: Buffer;
beforeAll(async () => {
  undisturbed = (await play({ during: leave, after: leave })).heard;
}, 60_000);

test('the undisturbed run holds the clip: the dry signal is silence', () => {
  const samples = new Float32Array(undisturbed.buffer, undisturbed.byteOffset, undisturbed.byteLength / 4);
  expect(samples.length).toBe(900 * BLOCK * 2);
  for (const part of [0, 1, 2]) {
    const third = samples.subarray((part * samples.length) / 3, ((part + 1) * samples.length) / 3);
    expect(Math.sqrt(third.reduce((sum, sample) => sum + sample * sample, 0) / third.length)).toBeGreaterThan(0.01);
  }
});

test('SIGKILL of the daemon while a slot plays: the host hears the same, bit for bit, and the plugin is back within 1 s', async () => {
  const { heard, reattachMs } = await play({
    during: async (daemon) => {
      await daemon.kill('SIGKILL');
      return daemon;
    },
    after: (_, folders) => DaemonProcess.start(folders),
  });
  expect(heard.equals(undisturbed)).toBe(true);
  console.log(`attached again ${reattachMs.toFixed(0)} ms after the new daemon was ready`);
  expect(reattachMs).toBeLessThanOrEqual(REATTACH_MS);
}, 60_000);

test('SIGSTOP of the daemon while a slot plays: the host hears the same, bit for bit', async () => {
  const { heard } = await play({
    during: async (daemon) => {
      daemon.child.kill('SIGSTOP');
      return daemon;
    },
    after: async (daemon) => {
      daemon.child.kill('SIGCONT');
      return daemon;
    },
  });
  expect(heard.equals(undisturbed)).toBe(true);
}, 60_000);

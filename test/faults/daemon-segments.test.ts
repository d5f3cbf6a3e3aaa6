import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { FakeBridge, FakeClient, bridgeFacts } from '../daemon/surfaces/support/fake-bridge.js';
import { ClapHost } from '../plugin/support/clap-host.js';
import { DaemonProcess, makeFolders, removeFolders, type Folders } from './support/daemon-process.js';

/** "GRYMSEG1", as protocol/segment/audio_segment.hpp has it. */
const MAGIC = Buffer.from('GRYMSEG1', 'latin1');

interface Listed {
  readonly name: string;
  readonly connected: boolean;
  readonly sampleRate: number;
  readonly segment: string | null;
  readonly segmentProblem: string | null;
}

let folders: Folders;
let daemon: DaemonProcess;
beforeAll(async () => {
  folders = makeFolders();
  daemon = await DaemonProcess.start(folders);
});
afterAll(async () => {
  await daemon.kill('SIGTERM');
  removeFolders(folders);
});

async function list(client: FakeClient): Promise<Listed[]> {
  return ((await client.request('list-bridges')).result as { bridges: Listed[] }).bridges;
}

function wholeOfOnes(): Buffer {
  return Buffer.concat([MAGIC, Buffer.alloc(8_184, 0xff)]);
}

test.each<[string, (path: string) => void]>([
  ['absent', () => undefined],
  ['empty', (path) => writeFileSync(path, '')],
  ['shorter than its header', (path) => writeFileSync(path, MAGIC)],
  ['noise', (path) => writeFileSync(path, randomBytes(65_536))],
  ['a header whose every field is as large as can be', (path) => writeFileSync(path, wholeOfOnes())],
  ['a header of zeros behind the magic', (path) => writeFileSync(path, Buffer.concat([MAGIC, Buffer.alloc(65_536)]))],
  [
    'sparse and huge',
    (path) => {
      writeFileSync(path, wholeOfOnes());
      truncateSync(path, 2 ** 40);
    },
  ],
  [
    'open to everybody',
    (path) => {
      writeFileSync(path, wholeOfOnes());
      chmodSync(path, 0o666);
    },
  ],
])('a segment that is %s is a typed problem in the list, and the bridge gets its clips all the same', async (_, write) => {
  const name = `/grym-${randomBytes(16).toString('hex')}`;
  const path = `/dev/shm${name}`;
  write(path);
  try {
    const bridgeId = `00000000-0000-4000-8000-${randomBytes(6).toString('hex')}`;
    const segment = { name, bytes: 65_536, generation: 1, captureFrames: 48_000 };
    const bridge = await FakeBridge.connect(daemon.port, daemon.token, bridgeFacts({ bridgeId, track: bridgeId, segment }));
    const listed = (await list(bridge)).find((entry) => entry.name === bridgeId);
    expect(listed).toMatchObject({
      connected: true,
      segment: null,
      segmentProblem: expect.stringMatching(/^GRYM_SEGMENT_(ABSENT|INVALID): /),
    });
    const made = await bridge.request('generate', { prompt: 'clap, 120 bpm, 1 bar', seed: 1, slot: 3 });
    expect(made.result).toMatchObject({ state: 'done', target: { slot: 3 } });
    expect((await bridge.request('launch', { slot: 3 })).error?.code).toBe('GRYM_BRIDGE_WITHOUT_SEGMENT');
    await bridge.close();
  } finally {
    rmSync(path, { force: true });
  }
});

test('a change of the sample rate while attached: the daemon follows the real plugin to its new segment', async () => {
  let host: ClapHost | undefined;
  try {
    host = await ClapHost.start({ GRYM_RUNTIME_DIR: folders.runtime, GRYM_CAPTURE_SECONDS: '15' });
    const client = await FakeClient.open(daemon.port);
    await client.identify(daemon.token);
    const attachedAt = async (sampleRate: number): Promise<Listed> => {
      for (const end = Date.now() + 10_000; Date.now() < end; await wait(10)) {
        const found = (await list(client)).find((entry) => entry.connected && entry.sampleRate === sampleRate && entry.segment !== null);
        if (found !== undefined) return found;
      }
      throw new Error(`no bridge at ${sampleRate} Hz`);
    };
    await host.command('activate 44100 512');
    const before = await attachedAt(44_100);
    await host.commands('process 10', 'deactivate', 'activate 96000 512', 'process 10');
    const after = await attachedAt(96_000);
    expect(after.segment).not.toBe(before.segment);
    const made = await client.request('generate', { prompt: 'clap, 120 bpm, 1 bar', seed: 1, slot: 0 });
    expect(made.result).toMatchObject({ state: 'done', clip: { sampleRate: 96_000 } });
    expect((await client.request('launch', { slot: 0, when: 'now' })).error).toBeUndefined();
    await host.command('process 10');
    await client.close();
    await host.quit();
  } finally {
    await host?.dispose();
  }
});

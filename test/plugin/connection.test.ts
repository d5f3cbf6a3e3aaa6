import { createHash, randomUUID } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FrameMutator, readGoldenFrames } from '../faults/mutate-frames.js';
import type { ClientMessage, ClipReference, SlotReport } from '../../protocol/index.js';
import { ClapHost, readRecording } from './support/clap-host.js';
import { FakeDaemon, FakeStoppedDaemon, RuntimeFolder, TOKEN } from './support/fake-daemon.js';
import { float32Wav, writeTestClip } from './support/test-clip.js';

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

/** A report that ends a load: `ready` or `failed`. */
function outcomeOf(slot: number, revision: number) {
  return (message: ClientMessage): SlotReport | undefined =>
    message.type === 'slot-report'
      ? message.slots.find((report) => report.slot === slot && report.revision === revision && report.state !== 'loading')
      : undefined;
}

async function load(clip: ClipReference, slot: number, revision: number): Promise<SlotReport> {
  daemon.send({ type: 'load-slot', slot, revision, clip });
  // Slots change hands inside process().
  const running = host.command('process 1');
  const report = await daemon.next(`report of slot ${String(slot)}`, outcomeOf(slot, revision));
  await running;
  return report;
}

const segmentOf = (message: ClientMessage) =>
  message.type === 'bridge-update' || message.type === 'identify' ? (message.bridge?.segment ?? undefined) : undefined;

test('a bridge identifies itself with its facts and names its segment', async () => {
  await host.command('activate 48000 256');
  const facts = await daemon.identified();
  expect(daemon.messages[0]).toMatchObject({ type: 'identify', token: TOKEN, clientName: 'grym-bridge' });
  expect(facts).toMatchObject({
    pluginFormat: 'clap',
    host: 'grym test host',
    track: '',
    sampleRate: 48_000,
    maximumBlock: 256,
    inputChannels: 2,
    outputChannels: 2,
    slots: [],
  });
  const segment = await daemon.next('segment', segmentOf);
  expect(segment).toMatchObject({ generation: 1, captureFrames: 16 * 48_000 });
  expect(segment.name).toMatch(/^\/grym-[0-9a-f]{32}$/);
});

test('the daemon hears the name of the track, and each that it is given later', async () => {
  await host.command('track Schlagzeug – Süd');
  await host.command('activate 48000 256');
  expect((await daemon.identified()).track).toBe('Schlagzeug – Süd');
  for (const name of ['Bass', '']) {
    await host.command(`track ${name}`);
    await daemon.next(`the track's name "${name}"`, (message) =>
      message.type === 'bridge-update' && message.bridge.track === name ? true : undefined,
    );
  }
});

test('a clip that the daemon puts into a slot is played bit for bit', async () => {
  const clip = writeTestClip(folder.clipFolder);
  await host.command('activate 48000 128');
  await daemon.identified();
  expect(await load(clip.reference, 3, 7)).toEqual({ slot: 3, state: 'ready', hash: clip.reference.hash, revision: 7, problem: null });

  const recording = join(folder.path, 'out.raw');
  await host.commands('param 10 0', 'process 4', `output ${recording}`, 'note on 39', 'process 20', 'output off');
  const heard = readRecording(recording);
  const fade = 2 * 240; // 5 ms
  expect(heard.slice(fade)).toEqual(clip.samples.slice(fade, heard.length));
});

test.each<[string, (clip: ClipReference) => ClipReference, RegExp]>([
  [
    'another content',
    (clip) => {
      writeFileSync(clip.path, float32Wav(new Float32Array(64), 48_000));
      return clip;
    },
    /is not the clip it should be: expected SHA-256/,
  ],
  [
    'a missing file',
    (clip) => ({ ...clip, hash: 'a'.repeat(64), path: '/nonexistent/clip.wav' }),
    /The clip's file is missing: \/nonexistent\/clip\.wav/,
  ],
  [
    'a truncated file',
    (clip) => {
      truncateSync(clip.path, 1_000);
      return clip;
    },
    /is not the clip it should be/,
  ],
  ['a folder in its place', (clip) => ({ ...clip, hash: 'b'.repeat(64), path: '/tmp' }), /\/tmp is not a file/],
])('%s is reported for its slot in one sentence, and the rest works on', async (_name, spoil, sentence) => {
  await host.command('activate 48000 128');
  await daemon.identified();
  const bad = await load(spoil(writeTestClip(folder.clipFolder, 2).reference), 0, 1);
  expect(bad).toMatchObject({ state: 'failed', problem: expect.stringMatching(sentence) });
  expect(await load(writeTestClip(folder.clipFolder, 4).reference, 1, 2)).toMatchObject({ state: 'ready' });
});

test.each<[string, (wav: Buffer) => Buffer, RegExp]>([
  ['a WAV cut short', (wav) => wav.subarray(0, 500), /cut short: a chunk of \d+ bytes has only 456/],
  [
    '16-bit samples',
    (wav) => {
      wav.writeUInt16LE(1, 20);
      wav.writeUInt16LE(16, 34);
      return wav;
    },
    /not 32-bit float \(format 1, 16 bits\)/,
  ],
  [
    'six channels',
    (wav) => {
      wav.writeUInt16LE(6, 22);
      return wav;
    },
    /6 channels; 1 or 2/,
  ],
  [
    'a sample that is not a number',
    (wav) => {
      wav.writeFloatLE(Number.NaN, 44 + 80);
      return wav;
    },
    /not a number, at frame 10/,
  ],
  ['no WAV at all', () => Buffer.from('hello'), /not a WAV file/],
])('%s with the right hash is refused', async (_name, spoil, sentence) => {
  await host.command('activate 48000 128');
  await daemon.identified();
  const { reference } = writeTestClip(folder.clipFolder, 1);
  const file = spoil(float32Wav(new Float32Array(2_000).fill(0.25), 48_000));
  const path = join(folder.clipFolder, 'spoilt.wav');
  writeFileSync(path, file);
  const report = await load({ ...reference, path, hash: createHash('sha256').update(file).digest('hex') }, 5, 1);
  expect(report).toMatchObject({ state: 'failed', problem: expect.stringMatching(sentence) });
});

test('a cleared slot is reported as empty and is silent', async () => {
  const clip = writeTestClip(folder.clipFolder);
  await host.command('activate 48000 128');
  await daemon.identified();
  await load(clip.reference, 0, 1);
  await host.commands('param 10 0', 'note on 36', 'process 10');
  daemon.send({ type: 'clear-slot', slot: 0, revision: 2 });
  expect(await daemon.next('report', outcomeOf(0, 2))).toEqual({ slot: 0, state: 'empty', hash: null, revision: 2, problem: null });
  const recording = join(folder.path, 'out.raw');
  await host.commands('process 4', `output ${recording}`, 'process 4', 'output off');
  expect(readRecording(recording).every((sample) => sample === 0)).toBe(true);
});

test('the output goes on bit for bit while the daemon is killed, hangs and comes back; the bridge is back within 1 s', async () => {
  const clip = writeTestClip(folder.clipFolder, 4);
  await host.command('activate 48000 128');
  const facts = await daemon.identified();
  await load(clip.reference, 0, 1);
  const recording = join(folder.path, 'out.raw');
  await host.commands('param 10 0', 'process 2', `output ${recording}`, 'note on 36', 'run');
  const { port } = daemon;
  await daemon.kill();
  const stopped = await FakeStoppedDaemon.start(port);
  await host.command('wait 1200');
  expect(stopped.connectionCount).toBeGreaterThan(0);
  await stopped.kill();
  daemon = await FakeDaemon.start(folder);
  const restarted = performance.now();
  const again = await daemon.identified();
  expect(performance.now() - restarted).toBeLessThan(1_000);
  expect(again).toMatchObject({ bridgeId: facts.bridgeId, slots: [{ slot: 0, state: 'ready', hash: clip.reference.hash, revision: 1 }] });
  expect(again.segment).not.toBeNull();
  await host.commands('pause', 'output off');

  const heard = readRecording(recording);
  expect(heard.length / 2).toBeGreaterThan(48_000);
  const fade = 2 * 240;
  let different = 0;
  for (let index = fade; index < heard.length; index += 1) if (heard[index] !== clip.samples[index % clip.samples.length]) different += 1;
  expect(different).toBe(0);
});

test('a new id from the daemon is taken up, the segment is named anew and the project marked as changed', async () => {
  const other = randomUUID();
  daemon.bridgeIdFor = () => other;
  await host.command('activate 48000 128');
  await daemon.identified();
  const update = await daemon.next('update', (message) =>
    message.type === 'bridge-update' && message.bridge.bridgeId === other && (message.bridge.segment?.generation ?? 0) === 2
      ? message.bridge
      : undefined,
  );
  expect(update.segment).not.toBeNull();
  expect(JSON.parse(await host.command('slots'))).toMatchObject({ bridgeId: other });
  expect(Number(await host.command('dirty'))).toBeGreaterThan(0);
});

test('a change of sample rate makes a new segment and loads every slot again at the new rate', async () => {
  const clip = writeTestClip(folder.clipFolder, 1);
  await host.command('activate 48000 128');
  await daemon.identified();
  await load(clip.reference, 2, 4);
  const before = daemon.messages.length;
  await host.commands('deactivate', 'activate 44100 64');
  const update = await daemon.next(
    'update',
    (message) =>
      message.type === 'bridge-update' && message.bridge.sampleRate === 44_100 && message.bridge.segment?.generation === 2
        ? message.bridge
        : undefined,
    before,
  );
  expect(update.maximumBlock).toBe(64);
  await host.command('process 1');
  expect(
    await daemon.next(
      'report',
      (message) => (message.type === 'slot-report' ? message.slots.find((slot) => slot.slot === 2 && slot.state === 'ready') : undefined),
      before,
    ),
  ).toMatchObject({ revision: 4 });
  const recording = join(folder.path, 'out.raw');
  await host.commands('param 10 0', 'process 1', `output ${recording}`, 'note on 38', 'process 40', 'output off');
  expect(readRecording(recording).some((sample) => sample !== 0)).toBe(true);
});

test('frames that are no messages cost one sentence each, then the connection, never the plugin', async () => {
  await host.command('activate 48000 128');
  await daemon.identified();
  await host.command('run');
  let state = 99;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
  const from = daemon.messages.length;
  for (let count = 0; count < 15; count += 1) daemon.sendBytes(Uint8Array.from({ length: random() % 400 }, () => random() >>> 24));
  const clip = writeTestClip(folder.clipFolder, 1);
  daemon.send({ type: 'load-slot', slot: 0, revision: 1, clip: clip.reference });
  expect(await daemon.next('report', outcomeOf(0, 1), from)).toMatchObject({ state: 'ready' });
  for (let count = 0; count < 20; count += 1) daemon.sendBytes(Uint8Array.from({ length: 300 }, () => random() >>> 24));
  await daemon.identified(daemon.messages.length); // it has hung up and called again
  const second = daemon.messages.length;
  daemon.sendBytes(new Uint8Array(300 * 1024)); // larger than any message may be
  await daemon.identified(second);
  const third = daemon.messages.length;
  daemon.sendBytes('text, though the subprotocol is binary');
  await daemon.identified(third);
  await host.command('pause');
});

test('3,000 mutated frames of the daemon cost neither the plugin nor its audio, and the next load works', async () => {
  const clip = writeTestClip(folder.clipFolder, 4);
  await host.command('activate 48000 128');
  await daemon.identified();
  await load(clip.reference, 15, 1);
  const recording = join(folder.path, 'out.raw');
  await host.commands('param 10 0', 'process 2', `output ${recording}`, 'note on 51', 'run');
  const mutator = new FrameMutator(readGoldenFrames('daemon'), 13);
  for (let count = 0; count < 3_000; count += 1) {
    await daemon.connected();
    daemon.sendBytes(mutator.next());
  }
  await host.commands('pause', 'output off');
  const heard = readRecording(recording);
  expect(heard.length).toBeGreaterThan(0);
  expect(heard.every((sample) => Number.isFinite(sample))).toBe(true);
  // The last frames may just have cost the connection: a load on a fresh one.
  const from = daemon.messages.length;
  daemon.dropConnection();
  await daemon.identified(from);
  expect(await load(clip.reference, 14, 9_007_199_254_740_991)).toMatchObject({ state: 'ready' });
}, 60_000);

test('files that others may read or write are not believed', async () => {
  await daemon.kill();
  daemon = await FakeDaemon.start(folder, 0, false);
  folder.announce(daemon.port, { fileMode: 0o644 });
  await host.commands('activate 48000 128', 'wait 600');
  expect(daemon.connectionCount).toBe(0);
  folder.announce(daemon.port, { tokenMode: 0o640 });
  await host.command('wait 600');
  expect(daemon.connectionCount).toBe(0);
  folder.announce(daemon.port);
  await daemon.identified();
});

test('a project reopens and plays without a daemon, from the library', async () => {
  const clip = writeTestClip(folder.clipFolder);
  const state = join(folder.path, 'project.bin');
  await host.command('activate 48000 128');
  const facts = await daemon.identified();
  await load({ ...clip.reference, path: join(folder.path, 'moved.wav') }, 0, 9);
  await host.command(`state save ${state}`);
  await host.quit();
  await daemon.kill();

  host = await startHost();
  await host.commands(`state load ${state}`, 'activate 48000 128', 'param 10 0', 'process 2 realtime');
  expect(JSON.parse(await host.command('slots'))).toMatchObject({
    bridgeId: facts.bridgeId,
    slots: [{ slot: 0, hash: clip.reference.hash, revision: 9 }],
  });
  const recording = join(folder.path, 'out.raw');
  await host.commands('wait 300', 'process 4', `output ${recording}`, 'note on 36', 'process 10', 'output off');
  expect(readRecording(recording).slice(480)).toEqual(clip.samples.slice(480, 10 * 256));
  daemon = await FakeDaemon.start(folder);
});

test('the plugin goes within 200 ms, whatever its threads are at', async () => {
  await host.commands('activate 48000 128', 'wait 100');
  await daemon.identified();
  expect(await host.quit()).toBeLessThan(200);

  await daemon.kill();
  const stopped = await FakeStoppedDaemon.start(daemon.port);
  host = await startHost();
  await host.commands('activate 48000 128', 'wait 400'); // waits in the handshake
  expect(await host.quit()).toBeLessThan(200);
  await stopped.kill();

  host = await startHost();
  await host.commands('activate 48000 128', 'wait 100'); // no daemon at all
  expect(await host.quit()).toBeLessThan(200);
  daemon = await FakeDaemon.start(folder);
});

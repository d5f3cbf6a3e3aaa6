import { PluginEnd } from '../../../segment/plugin-end.js';
import { readFileSync } from 'node:fs';
import { openAudioPath, type AudioPath } from '../../../../daemon/audio/index.js';
import { createLogger, systemClock } from '../../../../daemon/kernel/index.js';
import { ConnectedBridges, EventHub } from '../../../../daemon/surfaces/bridge/index.js';
import type { BridgeFacts } from '../../../../protocol/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { thrownBy } from '../../doubles/thrown-by.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

/** The way of a capture with nothing faked but the host: a plugin's segment, the native audio path, the bridges, the step. */
const BRIDGE = '0b4dd8b1-4b5a-4c1f-9f43-2f6f5a0c77aa';
const folder = temporaryFolders();
let plugin: PluginEnd;
let audioPath: AudioPath;
let hub: EventHub;
let bridges: ConnectedBridges;
let bench: StepBench;

beforeEach(async () => {
  plugin = new PluginEnd();
  audioPath = openAudioPath();
  hub = new EventHub();
  bridges = new ConnectedBridges({
    ...{ audioPath, events: hub, clock: systemClock, slotDeadlineMs: 1_000 },
    logger: createLogger({ level: 'silent', format: 'plain' }),
    naming: { clipName: () => null, offers: () => [] },
    onReport: () => undefined,
    onGone: () => undefined,
  });
  bench = await openStepBench(folder(), { bridges, captureSources: bridges });
});
afterEach(async () => {
  try {
    await bench.close();
    bridges.dispose();
    audioPath.dispose();
  } finally {
    await plugin.quit();
  }
});

/** A plugin at 8 kHz whose ring holds two seconds. Returns the way to end its connection. */
async function connect(captureSeconds = 2): Promise<() => void> {
  const name = await plugin.create(8_000, captureSeconds);
  const segment = audioPath.attach(name);
  const { bytes, captureFrames, generation, pluginProcessId } = segment;
  segment.detach();
  const facts: BridgeFacts = {
    ...{ bridgeId: BRIDGE, pluginFormat: 'clap', pluginVersion: '0.1.0', host: 'test host', track: 'Bass', processId: pluginProcessId },
    ...{ sampleRate: 8_000, maximumBlock: 4_096, inputChannels: 2, outputChannels: 2, segmentProblem: null, slots: [] },
    segment: { name, bytes, captureFrames, generation },
  };
  return bridges.admit(facts).open({ send: () => undefined, close: () => undefined }).disconnect;
}

/** The left channel of a clip's file, in thousandths: the plugin has written n mod 1000 at frame n. */
function countsOf(hash: string): number[] {
  const { path, frames } = bench.library.get(hash);
  const file = readFileSync(path);
  return Array.from({ length: frames }, (_, frame) => Math.round(file.readFloatLE(file.byteLength - (frames - frame) * 8) * 1_000));
}

it('takes a bar of 7/8 from line to line, out of the shared memory of the plugin', async () => {
  await connect();
  await plugin.ask('counted 20000');
  // At 210 bpm a bar of 7/8 is one second. At frame 15,000 the song stands at 7 quarters, which is a bar line.
  await plugin.ask('transport 15000 7 210');
  const { output } = await bench.run('capture', { bridge: 'Bass', bars: 1 });
  expect(output).toMatchObject({ bars: 1, seconds: 1, tempoBpm: 210, metreNumerator: 7, metreDenominator: 8, aligned: true });
  // The newest frame is 20,000; the last line before it lies at 15,000.
  expect(countsOf(output.clip)).toEqual(Array.from({ length: 8_000 }, (_, index) => (7_000 + index) % 1_000));
});

it('says that frames which the plugin has written over since are gone', async () => {
  await connect();
  await plugin.ask('counted 16000');
  const params = { bridge: 'Bass', seconds: 1 };
  const prepared = bench.prepare('capture', params);
  await plugin.ask('counted 24000');
  await expect(bench.run('capture', params, { prepared, attempt: 2 })).rejects.toMatchObject({ code: 'GRYM_CAPTURE_GONE' });
});

it('leaves the peaks of the input to the meters', async () => {
  await connect();
  await plugin.ask('counted 16000');
  const source = bridges.captureOf(BRIDGE);
  source.status();
  source.status();
  expect(bridges.list()).toHaveLength(1);
  const meters: unknown[] = [];
  hub.publish = (_class, _name, data) => void meters.push(data);
  hub.isWanted = () => true;
  bridges.publishMeters();
  expect(meters).toEqual([{ bridgeId: BRIDGE, left: expect.closeTo(0.999, 3) as number, right: expect.closeTo(0.999, 3) as number }]);
});

it('is refused by a plugin without room for a capture', async () => {
  await connect(0);
  await plugin.ask('counted 16000');
  await expect(bench.run('capture', { bridge: 'Bass', seconds: 1 })).rejects.toMatchObject({ code: 'GRYM_CAPTURE_OFF' });
});

it('is refused for a bridge that has gone, or was never there', async () => {
  const disconnect = await connect();
  await plugin.ask('counted 16000');
  disconnect();
  await expect(bench.run('capture', { bridge: 'Bass', seconds: 1 })).rejects.toMatchObject({ code: 'GRYM_BRIDGE_ABSENT' });
  expect(thrownBy(() => bridges.captureOf('another'))).toMatchObject({ code: 'GRYM_BRIDGE_UNKNOWN' });
});

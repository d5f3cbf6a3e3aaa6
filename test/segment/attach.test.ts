import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openAudioPath, type AudioPath } from '../../daemon/audio/index.js';
import { isGrymError } from '../../daemon/kernel/index.js';
import { PluginEnd, SEGMENT_PREFIX, until } from './plugin-end.js';

let audioPath: AudioPath;
let plugin: PluginEnd;

beforeEach(() => {
  audioPath = openAudioPath();
  plugin = new PluginEnd();
});
afterEach(async () => {
  audioPath.dispose();
  await plugin.quit();
});

function codeOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (isGrymError(error)) return error.code;
    throw error;
  }
  return 'no error';
}

test('an attached segment tells what the plugin announced', async () => {
  const name = await plugin.create(44_100, 2, 7);
  expect(name).toMatch(/^\/grym-[0-9a-f]{32}$/);
  const segment = audioPath.attach(name);
  expect(segment).toMatchObject({
    name,
    sampleRate: 44_100,
    generation: 7,
    maximumBlock: 4096,
    captureFrames: 3 * 44_100,
    bridgeId: '0b4dd8b1-4b5a-4c1f-9f43-2f6f5a0c77aa',
  });
  expect(segment.status()).toMatchObject({
    state: 'attached',
    problem: null,
    frames: 0,
    transport: null,
    pluginHeartbeatAgeMilliseconds: null,
    eventsDropped: 0,
    commandFaults: 0,
    peaks: { left: 0, right: 0 },
  });
});

test('status follows the plugin: frames, transport, peaks since the last status, heartbeat', async () => {
  const segment = audioPath.attach(await plugin.create());
  await plugin.ask('counted 1001');
  await plugin.ask('transport 640 12.25 93.5');
  await plugin.ask('heartbeat');
  const status = segment.status();
  expect(status.frames).toBe(1001);
  expect(status.captureBegin).toBe(0);
  expect(status.captureEnd).toBe(1001);
  expect(status.peaks.left).toBeCloseTo(0.999, 6);
  expect(status.peaks.right).toBeCloseTo(0.999, 6);
  expect(status.transport).toMatchObject({
    frame: 640,
    playing: true,
    offline: false,
    songFrame: -5,
    musical: { songQuarters: 12.25, tempoBpm: 93.5, numerator: 7, denominator: 8, barNumber: null },
    loop: { startQuarters: 0, endQuarters: 16 },
  });
  expect(status.pluginHeartbeatAgeMilliseconds).toBeGreaterThanOrEqual(0);
  expect(status.pluginHeartbeatAgeMilliseconds).toBeLessThan(10_000);
  expect(segment.status().peaks).toEqual({ left: 0, right: 0 });
});

test('a transport record that cannot be is counted once and the last good one stays', async () => {
  const segment = audioPath.attach(await plugin.create());
  await plugin.ask('transport 64 1 120');
  expect(segment.status().transport?.frame).toBe(64);
  await plugin.ask('transport 128 2 0');
  await new Promise((resolve) => setTimeout(resolve, 100)); // the engine thread polls five times
  expect(segment.status()).toMatchObject({ malformedRecords: 1, inconsistencies: 0, transport: { frame: 64 } });
  await plugin.ask('transport 192 3 120');
  expect(segment.status().transport?.frame).toBe(192);
});

test('captured frames are read as interleaved stereo, or it is said why not', async () => {
  const segment = audioPath.attach(await plugin.create());
  await plugin.ask('counted 20000');
  const samples = segment.readCapture(19_000, 1_000);
  if (typeof samples === 'string') throw new Error(samples);
  expect(samples).toHaveLength(2_000);
  for (let frame = 0; frame < 1_000; frame += 1) {
    expect(samples[2 * frame]).toBe(Math.fround(Math.fround(frame) / Math.fround(1000)));
    expect(samples[2 * frame + 1]).toBe(-(samples[2 * frame] ?? NaN));
  }
  expect(segment.readCapture(0, 10)).toBe('overwritten');
  expect(segment.readCapture(19_999, 2)).toBe('not-yet');
});

test('a segment without room for a capture counts frames and says so', async () => {
  const segment = audioPath.attach(await plugin.create(48_000, 0));
  await plugin.ask('counted 500');
  expect(segment.captureFrames).toBe(0);
  expect(segment.status().frames).toBe(500);
  expect(segment.readCapture(0, 1)).toBe('no-capture');
});

test('what cannot be attached is refused with an error of the catalogue', async () => {
  const absent = `/grym-${SEGMENT_PREFIX}`.padEnd(38, '0');
  expect(codeOf(() => audioPath.attach(absent))).toBe('GRYM_SEGMENT_ABSENT');
  expect(codeOf(() => audioPath.attach('/grym-../../etc/passwd'))).toBe('GRYM_SEGMENT_INVALID');
  const name = await plugin.create();
  audioPath.attach(name);
  expect(codeOf(() => audioPath.attach(name))).toBe('GRYM_SEGMENT_ATTACHED');
});

test('a detached segment is refused, and can be attached again', async () => {
  const name = await plugin.create();
  const first = audioPath.attach(name);
  first.detach();
  first.detach();
  expect(codeOf(() => first.status())).toBe('GRYM_SEGMENT_DETACHED');
  expect(codeOf(() => first.pushCommand({ kind: 'launch', slot: 0, when: { kind: 'now' }, id: 1 }))).toBe('GRYM_SEGMENT_DETACHED');
  const second = audioPath.attach(name);
  await plugin.ask('counted 64');
  expect(second.status().frames).toBe(64);
  audioPath.dispose();
  audioPath.dispose();
  expect(codeOf(() => second.status())).toBe('GRYM_SEGMENT_DETACHED');
  expect(codeOf(() => audioPath.attach(name))).toBe('GRYM_SEGMENT_DETACHED');
});

test('a restarted daemon finds what was captured before', async () => {
  const name = await plugin.create();
  await plugin.ask('counted 3000');
  const before = openAudioPath();
  before.attach(name);
  before.dispose();
  await plugin.ask('counted 1000');
  const segment = audioPath.attach(name);
  await until(() => segment.status().frames === 4000, 'all frames were seen');
  expect(typeof segment.readCapture(0, 4000)).toBe('object');
});

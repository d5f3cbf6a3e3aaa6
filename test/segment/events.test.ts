import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openAudioPath, type AttachedSegment, type AudioPath, type SegmentEvent } from '../../daemon/audio/index.js';
import { PluginEnd, until } from './plugin-end.js';

let audioPath: AudioPath;
let plugin: PluginEnd;
let segment: AttachedSegment;
let received: SegmentEvent[];
let deliveries: number;

beforeEach(async () => {
  audioPath = openAudioPath();
  plugin = new PluginEnd();
  segment = audioPath.attach(await plugin.create(48_000, 0));
  received = [];
  deliveries = 0;
  audioPath.onEvents((from, events) => {
    expect(from).toBe(segment);
    deliveries += 1;
    received.push(...events);
  });
});
afterEach(async () => {
  audioPath.dispose();
  await plugin.quit();
});

const PLACE = { slot: 3, frame: 640, songQuarters: 2.5, commandId: 9 };

// KIND SLOT FRAME QUARTERS VALUE DATA0 DATA1 COMMAND_ID
const CASES: [string, SegmentEvent][] = [
  [`1 3 640 2.5 0 144 ${(36 << 8) | 100} 9`, { ...PLACE, kind: 'note', status: 0x90, key: 36, velocity: 100 }],
  ['2 3 640 2.5 0 0 0 9', { ...PLACE, kind: 'armed' }],
  ['3 3 640 2.5 0 0 0 9', { ...PLACE, kind: 'launched' }],
  ['4 3 640 2.5 0 0 0 9', { ...PLACE, kind: 'disarmed' }],
  ['5 3 640 2.5 0 0 0 9', { ...PLACE, kind: 'slot-ended' }],
  ['6 3 640 2.5 0.75 7 0 9', { ...PLACE, kind: 'macro-moved', macro: 7, value: 0.75 }],
  ['7 3 640 2.5 12.5 0 0 9', { ...PLACE, kind: 'late-call', milliseconds: 12.5 }],
  ['8 3 640 2.5 0 2 0 9', { ...PLACE, kind: 'refused', reason: 'slot-empty' }],
  ['9 3 640 2.5 0 0 0 9', { ...PLACE, kind: 'paused' }],
  ['10 3 640 2.5 0 0 0 9', { ...PLACE, kind: 'resumed' }],
  ['11 3 640 2.5 0 1 0 9', { ...PLACE, kind: 'off-tempo', offTempo: true }],
  ['11 3 640 2.5 0 0 0 9', { ...PLACE, kind: 'off-tempo', offTempo: false }],
  ['8 3 640 2.5 0 77 0 9', { ...PLACE, kind: 'refused', reason: 'unknown' }],
];

test.each(CASES)('the record %s arrives as a typed event', async (record, expected) => {
  await plugin.ask(`event ${record}`);
  await until(() => received.length > 0, 'the event arrived');
  expect(received).toEqual([expected]);
});

test('records that cannot be are counted, and the next one arrives', async () => {
  await plugin.ask('event 99 0 0 0 0 0 0 0');
  await plugin.ask('event 3 16 0 0 0 0 0 0');
  await plugin.ask('event 6 0 0 0 nan 0 0 0');
  await plugin.ask('event 3 1 0 0 0 0 0 0');
  await until(() => received.length > 0, 'the sound event arrived');
  expect(received).toHaveLength(1);
  expect(segment.status().malformedRecords).toBe(3);
});

test('a stream of events arrives whole, in order, in at most 50 deliveries a second', async () => {
  const start = performance.now();
  let pushed = 0;
  for (let batch = 0; batch < 40; batch += 1) {
    pushed += Number(await plugin.ask('events 200'));
    await plugin.ask('sleep 25');
  }
  await until(() => received.length === pushed, 'all events arrived');
  const seconds = (performance.now() - start) / 1000;
  expect(received.map((event) => event.frame)).toEqual(Array.from({ length: pushed }, (_, index) => index));
  expect(deliveries).toBeLessThanOrEqual(Math.ceil(seconds * 50) + 2);
  expect(deliveries).toBeGreaterThan(5);
  expect(segment.status().eventsLost).toBe(0);
});

test('while JavaScript is busy the newest 16,384 events are kept and the lost ones are counted', async () => {
  const batches = 30;
  const answers = Array.from({ length: batches }, async () => {
    const answer = plugin.ask('events 1000');
    void plugin.ask('sleep 45');
    return Number(await answer);
  });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500); // nothing else runs on this thread meanwhile
  const pushed = (await Promise.all(answers)).reduce((sum, count) => sum + count, 0);
  await until(() => received.length + segment.status().eventsLost === pushed, 'every event was delivered or counted');
  const { eventsLost, eventsDropped } = segment.status();
  expect(pushed + eventsDropped).toBe(batches * 1000);
  expect(eventsLost).toBe(pushed - received.length);
  expect(eventsLost).toBeGreaterThan(1_000);
  const frames = received.map((event) => event.frame);
  expect(frames).toEqual([...frames].sort((one, other) => one - other));
  expect(frames.at(-1)).toBe(pushed - 1);
});

test('a listener that was taken back hears nothing more', async () => {
  let heard = 0;
  const stop = audioPath.onEvents(() => {
    heard += 1;
  });
  stop();
  await plugin.ask('events 1');
  await until(() => received.length === 1, 'the other listener heard it');
  expect(heard).toBe(0);
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openAudioPath, type AttachedSegment, type AudioPath, type SegmentCommand } from '../../daemon/audio/index.js';
import { PluginEnd } from './plugin-end.js';

let audioPath: AudioPath;
let plugin: PluginEnd;
let segment: AttachedSegment;

beforeEach(async () => {
  audioPath = openAudioPath();
  plugin = new PluginEnd();
  segment = audioPath.attach(await plugin.create(48_000, 0));
});
afterEach(async () => {
  audioPath.dispose();
  await plugin.quit();
});

// What the plugin gets: kind slot when quantiseBars songQuarters frame value id
const CASES: [SegmentCommand, string][] = [
  [{ kind: 'launch', slot: 3, when: { kind: 'slot-quantise' }, id: 11 }, '1 3 0 0 0 0 0 11'],
  [{ kind: 'launch', slot: 15, when: { kind: 'now' }, id: 12 }, '1 15 1 0 0 0 0 12'],
  [{ kind: 'stop', slot: 0, when: { kind: 'beat' }, id: 13 }, '2 0 2 0 0 0 0 13'],
  [{ kind: 'stop', slot: 1, when: { kind: 'bars', bars: 64 }, id: 14 }, '2 1 3 64 0 0 0 14'],
  [{ kind: 'launch', slot: 2, when: { kind: 'song-position', songQuarters: -4.1 }, id: 15 }, '1 2 4 0 -4.0999999999999996 0 0 15'],
  [{ kind: 'launch', slot: 2, when: { kind: 'frame', frame: 2 ** 53 - 1 }, id: 16 }, '1 2 5 0 0 9007199254740991 0 16'],
  [{ kind: 'stop-all', when: { kind: 'now' }, id: 17 }, '5 0 1 0 0 0 0 17'],
  [{ kind: 'gain', slot: 4, gainDb: -12.5, id: 18 }, '3 4 1 0 0 0 -12.5 18'],
  [{ kind: 'mode', slot: 5, mode: 'gate', id: 2 ** 53 - 1 }, '4 5 1 0 0 0 1 9007199254740991'],
];

test.each(CASES)('%j reaches the plugin', async (command, expected) => {
  expect(segment.pushCommand(command)).toBe(true);
  expect(await plugin.ask('pop')).toBe(expected);
  expect(await plugin.ask('pop')).toBe('none');
});

const IMPOSSIBLE: SegmentCommand[] = [
  { kind: 'launch', slot: 16, when: { kind: 'now' }, id: 1 },
  { kind: 'launch', slot: -1, when: { kind: 'now' }, id: 1 },
  { kind: 'launch', slot: 0.5, when: { kind: 'now' }, id: 1 },
  { kind: 'launch', slot: 0, when: { kind: 'bars', bars: 0 }, id: 1 },
  { kind: 'launch', slot: 0, when: { kind: 'bars', bars: 65 }, id: 1 },
  { kind: 'launch', slot: 0, when: { kind: 'song-position', songQuarters: Number.NaN }, id: 1 },
  { kind: 'gain', slot: 0, gainDb: 12.1, id: 1 },
  { kind: 'gain', slot: 0, gainDb: Number.NEGATIVE_INFINITY, id: 1 },
];

test.each(IMPOSSIBLE)('%j is refused and sends nothing', async (command) => {
  expect(() => segment.pushCommand(command)).toThrow(expect.objectContaining({ code: 'GRYM_SEGMENT_COMMAND_INVALID' }));
  expect(await plugin.ask('pop')).toBe('none');
});

test('a full ring takes no more until the plugin has taken one', async () => {
  const launch = (id: number): boolean => segment.pushCommand({ kind: 'launch', slot: 0, when: { kind: 'now' }, id });
  for (let id = 1; id <= 256; id += 1) expect(launch(id)).toBe(true);
  expect(segment.status().queuedCommands).toBe(256);
  expect(launch(257)).toBe(false);
  expect(await plugin.ask('pop')).toBe('1 0 1 0 0 0 0 1');
  expect(launch(258)).toBe(true);
  expect(launch(259)).toBe(false);
  expect(segment.status().commandFaults).toBe(0);
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openAudioPath, type AudioPath } from '../../daemon/audio/index.js';
import { PluginEnd, SEGMENT_PREFIX, until } from './plugin-end.js';

let audioPath: AudioPath;
let plugin: PluginEnd;
let folder: string;

beforeEach(async () => {
  audioPath = openAudioPath();
  plugin = new PluginEnd();
  folder = join(await mkdtemp(join(tmpdir(), 'grym-segment-')), 'captures');
});
afterEach(async () => {
  audioPath.dispose();
  await plugin.quit();
  await rm(join(folder, '..'), { recursive: true, force: true });
});

async function ownSegments(): Promise<string[]> {
  return (await readdir('/dev/shm')).filter((name) => name.startsWith(`grym-${SEGMENT_PREFIX}`));
}

test('the death of an attached plugin is noticed, its last audio can still be read', async () => {
  const segment = audioPath.attach(await plugin.create());
  await plugin.ask('counted 2000');
  await plugin.kill();
  await until(() => segment.status().state === 'owner-gone', 'the owner was missed');
  const status = segment.status();
  expect(status.problem).toBe('The plugin that owns the segment has ended.');
  expect(status.frames).toBe(2000);
  expect(typeof segment.readCapture(0, 2000)).toBe('object');
  await audioPath.reapOrphans(folder);
  expect(typeof segment.readCapture(0, 2000)).toBe('object');
});

test('the capture of a killed plugin is saved as float32 WAV and its segment removed; a living plugin keeps its own', async () => {
  const name = await plugin.create(8_000, 0.5);
  await plugin.ask('counted 20000');
  await plugin.kill();
  const survivor = new PluginEnd();
  const living = await survivor.create();
  const reports = await audioPath.reapOrphans(folder);
  expect(reports).toHaveLength(1);
  const report = reports[0];
  if (report === undefined || report.path === null) throw new Error('nothing was saved');
  expect(report).toMatchObject({ name, outcome: 'saved', removed: true, sampleRate: 8_000, frames: 12_000, brokenSamples: 0 });
  expect(await readdir(folder)).toEqual([report.path.slice(folder.length + 1)]);
  const file = await readFile(report.path);
  expect(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ');
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  expect([file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt32LE(24)]).toEqual([3, 2, 8_000]);
  for (let frame = 0; frame < 12_000; frame += 1) {
    const left = file.readFloatLE(58 + frame * 8);
    expect(left).toBe(Math.fround(((8_000 + frame) % 1000) / 1000));
    expect(file.readFloatLE(62 + frame * 8)).toBe(-left);
  }
  expect(await ownSegments()).toEqual([living.slice(1)]);
  expect(await audioPath.reapOrphans(folder)).toEqual([]);
  await survivor.quit();
  expect(await ownSegments()).toEqual([]);
});

test('a plugin that ends in order leaves nothing', async () => {
  await plugin.create();
  await plugin.ask('counted 20000');
  await plugin.quit();
  expect(await ownSegments()).toEqual([]);
  expect(await audioPath.reapOrphans(folder)).toEqual([]);
});

test('a file that is shortened under the daemon is given up, not touched', async () => {
  const segment = audioPath.attach(await plugin.create());
  await plugin.ask('counted 2000');
  await plugin.ask('shorten');
  expect(segment.status()).toMatchObject({ state: 'broken', problem: "The segment's file was shortened while it was attached." });
  expect(segment.pushCommand({ kind: 'stop-all', when: { kind: 'now' }, id: 1 })).toBe(false);
  expect(segment.readCapture(0, 100)).toBe('inconsistent');
  await new Promise((resolve) => setTimeout(resolve, 100)); // the engine thread polls five times
  expect(segment.status().state).toBe('broken');
});

test('plugins that die at any moment under a working daemon do it no harm', async () => {
  for (let round = 0; round < 12; round += 1) {
    const victim = new PluginEnd();
    const segment = audioPath.attach(await victim.create());
    void victim.ask('counted 100000000'); // far more than it gets to write
    void victim.ask('events 1000');
    for (let turn = 0; turn < 20; turn += 1) {
      segment.pushCommand({ kind: 'launch', slot: 0, when: { kind: 'now' }, id: turn });
      segment.status();
    }
    await new Promise((resolve) => setTimeout(resolve, round * 3));
    await victim.kill();
    expect(['attached', 'owner-gone']).toContain(segment.status().state);
    if (round % 2 === 0) segment.detach();
  }
  const reports = await audioPath.reapOrphans(folder);
  expect(reports).toHaveLength(12);
  expect(reports.filter((report) => report.removed)).toHaveLength(12);
});

import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findClipInFile } from '../support/clip-in-recording.js';
import { TestDaemon } from '../support/daemon.js';
import { scratchFolder } from '../support/paths.js';
import { readTestWav } from '../support/wav.js';
import { ArdourHost } from './ardour-host.js';
import * as lua from './ardour-session.js';

const SAMPLE_RATE = 48_000;
const QUARTER_FRAMES = SAMPLE_RATE / 2; // 120 bpm
const BAR_FRAMES = 4 * QUARTER_FRAMES;
/** The export is 16 bit and dithered: silence may carry its last bits. */
const SILENCE = 4 / 32_768;
const SLOT_0_KEY = 36;
const PROMPT = 'dark analog bass loop, 120 bpm, 2 bars, A minor';

describe('bridges as VST3 on several tracks in Ardour', () => {
  let folder: string;
  let daemon: TestDaemon;
  let ardour: ArdourHost | null;

  beforeEach(async () => {
    folder = scratchFolder('ardour');
    ardour = null;
    daemon = await TestDaemon.start(folder);
  });

  afterEach(async () => {
    await ardour?.quit();
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('they bear the names of the tracks, new ones too, and a note that Ardour sends to the instrument launches its slot', async () => {
    ardour = await ArdourHost.start(folder, daemon.environment);
    await ardour.run(lua.createBand(join(folder, 'session')));
    for (const track of ['Drums', 'Bass', 'Keys']) expect((await daemon.bridge(track)).host).toMatch(/^Ardour/);
    expect((await daemon.bridges()).map(({ name }) => name).sort()).toEqual(['Bass', 'Drums', 'Keys']);
    await ardour.run(lua.renameTrack('Drums', 'Kit'));
    await daemon.bridge('Kit');

    await daemon.generateInto(0, PROMPT, 7, 'Keys');
    await daemon.waitForPlayback(0, 'stopped', 'Keys');
    const said = await ardour.run(lua.playNote(SLOT_0_KEY, 3));
    await daemon.waitForPlayback(0, 'playing', 'Keys');
    const level = (what: string): number => Number(said.find((line) => line.startsWith(`${what} `))?.split(' ')[1]);
    expect(level('silence')).toBeLessThan(-60);
    expect(level('peak')).toBeGreaterThan(-40);
  }, 180_000);
});

describe.each<lua.ArdourFormat>(['VST3', 'LV2'])('a generated clip in Ardour, bridge as %s', (format) => {
  let folder: string;
  let daemon: TestDaemon;
  let ardour: ArdourHost | null;

  beforeEach(async () => {
    folder = scratchFolder('ardour');
    ardour = null;
    daemon = await TestDaemon.start(folder);
  });

  afterEach(async () => {
    await ardour?.quit();
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('armed while stopped, it starts at the next bar line of the export, and nothing sounds before', async () => {
    ardour = await ArdourHost.start(folder, daemon.environment);
    await ardour.run(lua.createSession(join(folder, 'session'), format));
    await daemon.bridge();
    const clip = await daemon.generateInto(0, PROMPT, 7);

    await ardour.run(lua.locate(QUARTER_FRAMES));
    await daemon.action('launch', { slot: 0, when: 'quantise' });
    await daemon.waitForPlayback(0, 'armed');
    await ardour.run(lua.rollFor(2.5));
    await daemon.waitForPlayback(0, 'playing');
    await ardour.run(lua.stopTransport);
    await daemon.action('stop', { slot: 0, when: 'now' });
    await daemon.waitForPlayback(0, 'stopped');

    await daemon.action('launch', { slot: 0, when: 'quantise' });
    await daemon.waitForPlayback(0, 'armed');
    await ardour.run(lua.exportRange(folder, 'armed', QUARTER_FRAMES, QUARTER_FRAMES + 4 * BAR_FRAMES));

    const expected = BAR_FRAMES - QUARTER_FRAMES;
    const found = findClipInFile(join(folder, 'armed.wav'), readTestWav(clip.path), expected);
    expect(found.coefficient).toBeGreaterThan(0.999);
    expect(Math.abs(found.frame - expected)).toBeLessThanOrEqual(1);
    expect(found.peakBefore).toBeLessThanOrEqual(SILENCE);
  }, 180_000);

  test('a launch kept in the project plays at its bar after a reopening, with no daemon', async () => {
    const session = join(folder, 'session');
    ardour = await ArdourHost.start(folder, daemon.environment);
    await ardour.run(lua.createSession(session, format));
    await daemon.bridge();
    const clip = await daemon.generateInto(0, PROMPT, 7);
    await daemon.action('launch', { slot: 0, when: 'bar 3' });
    await daemon.waitForPlayback(0, 'armed');
    await ardour.run(lua.saveSession);
    expect(await ardour.quit()).toBe(0);
    await daemon.stop();
    expect(existsSync(join(folder, 'runtime', 'daemon.json'))).toBe(false);

    const reopened = join(folder, 'reopened');
    cpSync(session, reopened, { recursive: true });
    ardour = await ArdourHost.start(join(folder, 'second'), daemon.environment);
    await ardour.run(lua.loadSession(reopened));
    await ardour.run(lua.pause(1.5)); // the plugin's loader reads the clip from the library
    await ardour.run(lua.exportRange(folder, 'project', 0, 5 * BAR_FRAMES));

    const expected = 2 * BAR_FRAMES;
    const found = findClipInFile(join(folder, 'project.wav'), readTestWav(clip.path), expected);
    expect(found.coefficient).toBeGreaterThan(0.999);
    expect(Math.abs(found.frame - expected)).toBeLessThanOrEqual(1);
    expect(found.peakBefore).toBeLessThanOrEqual(SILENCE);
  }, 180_000);
});

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { findClip } from '../support/clip-in-recording.js';
import { TestDaemon } from '../support/daemon.js';
import { PLUGIN_FOLDER, scratchFolder, TEST_PROGRAM_FOLDER } from '../support/paths.js';
import { LineProcess } from '../support/process-lines.js';
import { readTestWav } from '../support/wav.js';
import { JackServer } from './jack-server.js';

const SAMPLE_RATE = 48_000;
const NOTE_FRAME = 12_345; // inside a block, at no round position
const RECORDED_FRAMES = 3 * SAMPLE_RATE;
const SLOT_0_KEY = 36;

const probeSchema = z.object({ noteSent: z.boolean(), noteFrame: z.number(), frames: z.number(), gaps: z.number() });

describe('a generated clip in jalv (LV2) under JACK', () => {
  let folder: string;
  let daemon: TestDaemon;
  let jack: JackServer;
  let jalv: LineProcess;

  beforeEach(async () => {
    folder = scratchFolder('jalv');
    daemon = await TestDaemon.start(folder);
    jack = await JackServer.start(SAMPLE_RATE, 256);
    jalv = new LineProcess('jalv', ['-x', '-n', 'grym', '-c', 'quantise=0', 'urn:grym:bridge'], {
      env: { ...jack.environment, ...daemon.environment, LV2_PATH: `${join(PLUGIN_FOLDER, 'lv2')}:/usr/lib/lv2` },
      cwd: folder,
    });
  });

  afterEach(async () => {
    await jalv.stop();
    await jack.stop();
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('launched by a MIDI note, it sounds from the note’s own frame on', async () => {
    const ports = (await jack.waitForPorts(/^grym:/m, 20_000)).split('\n').filter((port) => port.startsWith('grym:'));
    await daemon.bridge();
    const clip = await daemon.generateInto(0, 'punchy drum loop, 120 bpm, 2 bars', 3);

    const output = join(folder, 'recording.raw');
    const find = (pattern: RegExp): string =>
      ports.find((port) => pattern.test(port)) ?? `no port ${String(pattern)} in ${ports.join(' ')}`;
    const probe = await runProbe(jack, [
      find(/events?.?in|midi.?in/i),
      find(/out.*(1|l|left)$/i),
      find(/out.*(2|r|right)$/i),
      String(SLOT_0_KEY),
      String(NOTE_FRAME),
      String(RECORDED_FRAMES),
      output,
    ]);
    expect(probe).toMatchObject({ noteSent: true, noteFrame: NOTE_FRAME, frames: RECORDED_FRAMES });

    const interleaved = new Float32Array(Uint8Array.from(readFileSync(output)).buffer);
    const left = Float32Array.from({ length: interleaved.length / 2 }, (_, frame) => interleaved[2 * frame] ?? 0);
    const found = findClip(left, readTestWav(clip.path), NOTE_FRAME);
    expect(found.coefficient).toBeGreaterThan(0.9999);
    expect(Math.abs(found.frame - NOTE_FRAME)).toBeLessThanOrEqual(1);
    expect(found.peakBefore).toBe(0);
  }, 120_000);
});

async function runProbe(jack: JackServer, parameters: readonly string[]): Promise<z.infer<typeof probeSchema>> {
  const program = spawn(join(TEST_PROGRAM_FOLDER, 'jack-probe'), [...parameters], { env: jack.environment });
  let text = '';
  program.stdout.on('data', (data: Buffer) => (text += data.toString()));
  program.stderr.on('data', (data: Buffer) => (text += data.toString()));
  const code = await new Promise((resolve) => program.once('exit', resolve));
  if (code !== 0) throw new Error(`jack-probe ended with ${String(code)}: ${text}`);
  return probeSchema.parse(JSON.parse(text.trim().split('\n').at(-1) ?? ''));
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PLUGIN_FOLDER } from '../support/paths.js';

const SCANNER = 'qtractor/qtractor_plugin_scan';
const LIBRARY_FOLDER = spawnSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).stdout.trim();

test("Qtractor's scanner reads the CLAP bundle: stereo in and out, MIDI in, 12 parameters", () => {
  const bundle = join(PLUGIN_FOLDER, 'clap', 'grym-bridge.clap');
  const scan = spawnSync(join('/usr/lib', LIBRARY_FOLDER, SCANNER), {
    input: `CLAP:${bundle}\n`,
    env: { ...process.env, QT_QPA_PLATFORM: 'offscreen' },
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(scan.stderr).not.toMatch(/crash|error/i);
  const [format, name, audio, midi, controls, , file] = scan.stdout.trim().split('|');
  expect({ format, name, audio, midi, controls, file }).toEqual({
    format: 'CLAP',
    name: 'GrymBridge',
    audio: '2:2',
    midi: '1:0',
    controls: '12:0',
    file: bundle,
  });
});

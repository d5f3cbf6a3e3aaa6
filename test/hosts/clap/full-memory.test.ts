import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClapHost, readRecording } from '../../plugin/support/clap-host.js';
import { TestDaemon } from '../support/daemon.js';
import { scratchFolder } from '../support/paths.js';

const SLOT_0_KEY = 36;
const BLOCK = 256;
const QUANTISE_PARAMETER = 10;
/** What the recording may take: it is written under the same limit. */
const RECORDED_BLOCKS = 40;

/** The kernel refuses the plugin a larger file in shared memory, as it does when the memory is full. */
const underLimit = (bytes: number): string[] => ['prlimit', `--fsize=${String(bytes)}`];

describe('shared memory that is full, in a real host with the real daemon', () => {
  let folder: string;
  let daemon: TestDaemon;
  let host: ClapHost;

  beforeEach(async () => {
    folder = scratchFolder('full-memory');
    daemon = await TestDaemon.start(folder);
  });

  afterEach(async () => {
    await host.dispose();
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['room for 15 s of capture', 16_000_000, /15 s/, true],
    ['room for no capture', 2_000_000, /capture|record/i, true],
    ['room for nothing', 100_000, /./, false],
  ])(
    '%s: audio goes on, clips play by note, and the daemon says what is missing',
    async (_name, bytes, sentence, obeysCommands) => {
      host = await ClapHost.start({ ...daemon.environment, GRYM_CAPTURE_SECONDS: '120' }, underLimit(bytes));
      await host.commands(`activate 48000 ${String(BLOCK)}`, `param ${String(QUANTISE_PARAMETER)} 0`, 'run');
      const problem = await untilProblem();
      expect(problem).toMatch(sentence);
      expect(problem).toMatch(/^[A-Z][^\n]*[.)]$/);

      await daemon.generateInto(0, 'punchy drum loop, 120 bpm, 2 bars', 3);
      await host.commands('pause');
      const recording = join(folder, 'recording.raw');
      await host.commands(
        `output ${recording}`,
        `note on ${String(SLOT_0_KEY)}`,
        `process ${String(RECORDED_BLOCKS)}`,
        'output off',
        'run',
      );
      const heard = readRecording(recording);
      expect(heard.length).toBe(2 * BLOCK * RECORDED_BLOCKS);
      expect(heard.some((sample) => Math.abs(sample) > 0.05)).toBe(true);

      const launch = daemon.action('launch', { slot: 0, when: 'now' });
      if (obeysCommands) {
        await launch;
        await daemon.waitForPlayback(0, 'playing');
      } else {
        await expect(launch).rejects.toThrow(/"code":"GRYM_[A-Z_]+"/);
      }
      expect(await host.quit()).toBeLessThan(2_000);
      expect(host.errors.join('\n')).toBe('');
    },
    60_000,
  );

  async function untilProblem(): Promise<string> {
    for (const end = Date.now() + 10_000; Date.now() < end;) {
      const { segmentProblem } = await daemon.bridge();
      if (segmentProblem !== null) return segmentProblem;
    }
    throw new Error('no problem was told');
  }
});

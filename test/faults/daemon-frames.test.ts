import { readFileSync } from 'node:fs';
import { FakeBridge } from '../daemon/surfaces/support/fake-bridge.js';
import { DaemonProcess, makeFolders, removeFolders } from './support/daemon-process.js';
import { fuzzDaemon } from './support/fuzz-daemon.js';

/** `npm run fuzz:frames -- --frames N --seed S` sets these. */
const frames = Number(process.env['GRYM_FUZZ_FRAMES'] ?? 100_000);
const seed = Number(process.env['GRYM_FUZZ_SEED'] ?? 1);

/** Resident memory of a process in MiB. */
function residentMebibytes(processId: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

test(
  `after ${frames} mutated frames (seed ${seed}) the daemon serves as before`,
  async () => {
    const folders = makeFolders();
    const daemon = await DaemonProcess.start(folders);
    const bridge = await FakeBridge.connect(daemon.port, daemon.token, {
      segment: null,
      bridgeId: '77777777-2222-4333-8444-555555555555',
      track: 'Lead',
    });
    const before = residentMebibytes(daemon.processId);
    const report = await fuzzDaemon({ port: daemon.port, token: daemon.token }, frames, seed);
    console.log(`${report.frames} frames over ${report.connections} connections; closed: ${JSON.stringify([...report.closeCodes])}`);
    expect(report.frames).toBe(frames);

    expect(daemon.child.exitCode).toBeNull();
    const made = await bridge.request('generate', { prompt: 'kick, 120 bpm, 1 bar', bridge: 'Lead', slot: 0 });
    expect(made.result).toMatchObject({ state: 'done', target: { bridge: 'Lead', slot: 0 } });
    expect((await bridge.request('status')).error).toBeUndefined();
    expect(residentMebibytes(daemon.processId) - before).toBeLessThan(250);
    expect(daemon.note).not.toMatch(/GRYM_INTERNAL|UnhandledPromise|\n {4}at /);
    await bridge.close();
    expect(await daemon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    removeFolders(folders);
  },
  120_000 + frames * 10,
);

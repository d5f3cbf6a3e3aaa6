import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FakeClient } from '../daemon/surfaces/support/fake-bridge.js';
import { ClapHost } from '../plugin/support/clap-host.js';
import { DaemonProcess, makeFolders, removeFolders } from './support/daemon-process.js';

const DEADLINE_MS = 10_000;

async function until<T>(look: () => Promise<T | null> | T | null, what: string): Promise<T> {
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; await wait(20)) {
    const found = await look();
    if (found !== null) return found;
  }
  throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
}

interface Listed {
  readonly connected: boolean;
  readonly segment: string | null;
}

test('a host that is killed while the daemon runs: its shared memory is given back, its capture is a WAV file, and that is told', async () => {
  const folders = makeFolders();
  const daemon = await DaemonProcess.start(folders);
  const hosts: ClapHost[] = [];
  try {
    const client = await FakeClient.open(daemon.port);
    await client.identify(daemon.token);
    const attached = async (): Promise<string | null> => {
      const { bridges } = (await client.request('list-bridges')).result as { bridges: Listed[] };
      return bridges.find(({ connected }) => connected)?.segment ?? null;
    };
    const host = await ClapHost.start({ GRYM_RUNTIME_DIR: folders.runtime, GRYM_CAPTURE_SECONDS: '15' });
    hosts.push(host);
    await host.commands('activate 48000 256', 'input sine');
    const segment = await until(attached, 'the segment is attached');
    await host.command('process 400');
    expect(existsSync(`/dev/shm${segment}`)).toBe(true);

    await host.dispose();
    await until(() => (existsSync(`/dev/shm${segment}`) ? null : true), 'the segment is removed');
    const recovered = join(folders.data, 'recovered');
    const [file] = await until(() => (readdirSync(recovered).length === 1 ? readdirSync(recovered) : null), 'the capture is saved');
    const path = join(recovered, file ?? '');
    const wav = readFileSync(path);
    expect(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 12)).toBe('RIFFWAVE');
    // 58 bytes of header, then stereo float32.
    expect((wav.length - 58) / 8).toBe(400 * 256);
    const samples = new Float32Array(wav.buffer.slice(wav.byteOffset + 58, wav.byteOffset + wav.length));
    expect(samples.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0)).toBeGreaterThan(0.05);
    await until(() => (daemon.note.includes(path) ? true : null), 'the log names the file');
    expect(daemon.note).toMatch(/The plugin of bridge [0-9a-f]{8} died; 2\.1 s of what it captured are saved in .*\.wav/);

    // The next host is served as the first one was.
    const next = await ClapHost.start({ GRYM_RUNTIME_DIR: folders.runtime, GRYM_CAPTURE_SECONDS: '15' });
    hosts.push(next);
    await next.command('activate 48000 256');
    expect(await until(attached, 'the next segment is attached')).not.toBe(segment);
    await next.quit();
    await client.close();
  } finally {
    await Promise.all(hosts.map((host) => host.dispose()));
    await daemon.kill();
    removeFolders(folders);
  }
});

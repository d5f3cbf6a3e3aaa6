import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readClipFacts } from '../../daemon/audio/index.js';
import { FakeClient } from '../daemon/surfaces/support/fake-bridge.js';
import { DaemonProcess, makeFolders, removeFolders } from './support/daemon-process.js';
import { SeededRandom } from './frames-random.js';

const ROUNDS = 4;
const REQUESTS_PER_ROUND = 3;

interface Run {
  readonly runId: string;
  readonly state: string;
  readonly seed: number;
  readonly clipHash: string | null;
}

async function connect(daemon: DaemonProcess): Promise<FakeClient> {
  const client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token);
  return client;
}

test('a daemon killed by SIGKILL again and again loses no accepted run and no clip, and leaves no half of a file', async () => {
  const folders = makeFolders();
  const random = new SeededRandom(7);
  const accepted = new Map<string, number>();
  let seed = 100;
  for (let round = 0; round < ROUNDS; round += 1) {
    const daemon = await DaemonProcess.start(folders);
    const client = await connect(daemon);
    for (let count = 0; count < REQUESTS_PER_ROUND; count += 1) {
      const { result, error } = await client.request('generate', { prompt: 'hat, 140 bpm, 1 bar', seed, wait: false });
      expect(error).toBeUndefined();
      accepted.set((result as { runId: string }).runId, seed);
      seed += 1;
    }
    // From "nothing has happened" to "some are done": the moment differs from round to round.
    await wait(random.below(250));
    expect(await daemon.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(existsSync(join(folders.runtime, 'daemon.json'))).toBe(true);
  }

  const daemon = await DaemonProcess.start(folders);
  const client = await connect(daemon);
  let runs: Run[];
  do {
    await wait(50);
    runs = ((await client.request('list-runs', { limit: 100 })).result as { runs: Run[] }).runs;
  } while (runs.some(({ state }) => state === 'queued' || state === 'running'));
  expect(runs.map(({ runId }) => runId).sort()).toEqual([...accepted.keys()].sort());
  for (const { runId, state, seed: made, clipHash } of runs) {
    expect([state, made]).toEqual(['done', accepted.get(runId)]);
    expect(existsSync(join(folders.data, 'clips', `${clipHash ?? ''}.wav`))).toBe(true);
  }
  const files = readdirSync(join(folders.data, 'clips'));
  expect(files).toHaveLength(accepted.size);
  for (const file of files) {
    const content = readFileSync(join(folders.data, 'clips', file));
    expect(`${createHash('sha256').update(content).digest('hex')}.wav`).toBe(file);
    expect(readClipFacts(content)).toMatchObject({ tempoBpm: 140, bars: 1 });
  }
  await client.close();
  expect(await daemon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  removeFolders(folders);
}, 180_000);

// A long clip through everything that is real: the step, the addon in its thread, the model in its process. What the daemon takes does not grow with the clip.
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAudioWorkshop, type Clip, type ClipLibrary } from '../../daemon/audio/index.js';
import { builtInRoles, Roles } from '../../daemon/models/index.js';
import { createWav2Vec2Transcriber } from '../../daemon/models/wav2vec2/provider.js';
import { FakeProviderSource } from '../daemon/doubles/fake-model.js';
import { temporaryFolders } from '../daemon/doubles/temporary-folder.js';
import { hostedModel } from '../daemon/models/hearing/bench.js';
import { endHosts, startHosts } from '../daemon/models/hosts/support/test-hosts.js';
import { openStepBench, type StepBench } from '../daemon/workflow/steps/support/step-bench.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const RATE = 16_000;
const SECONDS = 20 * 60;
/** What it would take as samples: 146 MiB. Held whole, the daemon grows by twice that, since it comes from a thread. */
const CLIP_BYTES = SECONDS * RATE * 2 * 4;
const LONG = 'a'.repeat(64);
const SHORT = 'b'.repeat(64);
const PROVIDER = { provider: { provider: 'wav2vec2', version: '1' } };

/** Float32 WAV in two channels, as clips are: silence that takes no room on the disk, and a second of noise at each of those places. */
function writeLongWav(path: string, seconds: number, noiseAtSeconds: readonly number[]): void {
  const dataBytes = seconds * RATE * 8;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + dataBytes, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(3, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 8, 28);
  head.writeUInt16LE(8, 32);
  head.writeUInt16LE(32, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(dataBytes, 40);
  const noise = new Float32Array(RATE * 2);
  for (let index = 0, state = 1; index < noise.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    noise[index] = 0.3 * (state / 2 ** 31 - 1);
  }
  const file = openSync(path, 'w');
  writeSync(file, head);
  ftruncateSync(file, 44 + dataBytes);
  for (const at of noiseAtSeconds) writeSync(file, new Uint8Array(noise.buffer), 0, noise.byteLength, 44 + at * RATE * 8);
  closeSync(file);
}

const folder = temporaryFolders();
let bench: StepBench;

beforeEach(async () => {
  const workshop = createAudioWorkshop();
  const { hosts } = startHosts({ runnerModules: {} });
  const parts = { hosts, model: hostedModel('wav2vec2'), version: '1' };
  const source = new FakeProviderSource();
  source.set({ transcribers: [createWav2Vec2Transcriber(parts)] });
  const place = folder();
  bench = await openStepBench(place, { workshop, roles: new Roles(builtInRoles(workshop), source) });
  // The library takes clips from memory, where this one never is.
  writeLongWav(join(place, `${LONG}.wav`), SECONDS, [3, 700, SECONDS - 2]);
  writeLongWav(join(place, `${SHORT}.wav`), 35, [3]);
  const library: Pick<ClipLibrary, 'get'> = { get: (name) => ({ hash: name, path: join(place, `${name}.wav`) }) as Clip };
  Object.assign(bench.services, { library });
});
afterEach(async () => {
  await endHosts();
  await bench.services.workshop.dispose();
  await bench.close();
});

/** The most that this process held while it worked, beyond what it had before; what nobody holds any more is collected now and then. */
async function growthOf(work: () => Promise<void>): Promise<number> {
  collectGarbage();
  const before = process.memoryUsage.rss();
  let most = before;
  const look = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
  const collect = setInterval(collectGarbage, 300);
  try {
    await work();
  } finally {
    clearInterval(look);
    clearInterval(collect);
  }
  return most - before;
}

test('twenty minutes are transcribed in less than half of the memory that they are as samples', async () => {
  // What is loaded for the first clip is not the second one's.
  await bench.run('transcribe', { clip: SHORT }, PROVIDER);
  const growth = await growthOf(async () => {
    const { output } = await bench.run('transcribe', { clip: LONG }, PROVIDER);
    expect((output as unknown as { text: string }).text.length).toBeGreaterThan(10);
  });
  expect(growth).toBeLessThan(CLIP_BYTES / 2);
  // Nor more than was asked of the ledger, which does not know how long the clip is.
  expect(growth).toBeLessThan(bench.step('transcribe').cost({ clip: LONG }).memoryBytes);
  // Ten seconds; the model's process comes last where others are busy.
}, 120_000);

import { readFileSync } from 'node:fs';
import { readClipFacts } from '../../../../daemon/audio/index.js';
import type { Clock } from '../../../../daemon/kernel/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
let nowMs = 0;
/** Time passes only where the step waits, and what passes is heard. */
const clock: Clock = {
  nowMs: () => nowMs,
  monotonicMs: () => nowMs,
  sleep: async (milliseconds) => {
    nowMs += milliseconds;
    onSleep(milliseconds);
    await Promise.resolve();
  },
};
let onSleep: (milliseconds: number) => void = () => undefined;

beforeEach(async () => {
  onSleep = () => undefined;
  bench = await openStepBench(folder(), { clock });
  bench.bridges.connect('bridge-1', 'Bass');
});
afterEach(() => bench.close());

/** The left channel of the clip's file. */
function samplesOf(hash: string): Float32Array {
  const { path, frames } = bench.library.get(hash);
  const file = readFileSync(path);
  const data = file.subarray(file.byteLength - frames * 8);
  return Float32Array.from({ length: frames }, (_, frame) => data.readFloatLE(frame * 8));
}

describe('the last bars, while the host rolls', () => {
  // 120 bpm, 4/4 at 8 kHz: a bar is 16,000 frames. The newest frame, 320,000, lies 1.25 bars behind the line at 300,000.
  beforeEach(() => bench.captures.roll(300_000, 32));

  it('begin and end on bar lines of the transport', async () => {
    const { output } = await bench.run('capture', { bridge: 'Bass', bars: 4 });
    const samples = samplesOf(output.clip);
    expect(samples).toHaveLength(64_000);
    expect([samples[0], samples[63_999]]).toEqual([bench.captures.sampleAt(252_000), bench.captures.sampleAt(315_999)].map(Math.fround));
    expect(output).toMatchObject({ bars: 4, aligned: true, tempoBpm: 120, metreNumerator: 4, bridge: 'bridge-1', seconds: 8, notes: [] });
  });

  it('are a clip whose file says the facts', async () => {
    const { output } = await bench.run('capture', { bridge: 'Bass', bars: 2, name: 'my take' });
    const facts = readClipFacts(readFileSync(bench.library.get(output.clip).path));
    expect(facts).toMatchObject({
      name: 'my take',
      bars: 2,
      quarterNotes: 8,
      tempoBpm: 120,
      loop: true,
      provider: 'capture',
      sampleRate: 8_000,
      channels: 2,
    });
    expect(facts.peakDbtp).toBeCloseTo(20 * Math.log10(0.4), 1);
    expect(facts.loudnessLufs).not.toBeNull();
  });

  it('follow another metre', async () => {
    bench.captures.roll(300_000, 31.5, 100, { numerator: 7, denominator: 8 });
    const { output } = await bench.run('capture', { bridge: 'Bass', bars: 3 });
    // 3 bars of 3.5 quarters at 100 bpm.
    expect(samplesOf(output.clip)).toHaveLength(50_400);
    expect(samplesOf(output.clip)[0]).toBe(Math.fround(bench.captures.sampleAt(300_000 - 2 * 16_800)));
  });

  it('tell the context what the host says', async () => {
    const { items } = await bench.run('capture', { bridge: 'Bass', bars: 4 });
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ field: 'tempoBpm', value: 120, rank: 'host' }),
        expect.objectContaining({ field: 'bars', value: 4, rank: 'host' }),
        expect.objectContaining({ field: 'metreDenominator', value: 4 }),
      ]),
    );
  });

  it('wait for a line that is asked for a moment too early', async () => {
    bench.captures.end = 330_500;
    onSleep = (milliseconds) => (bench.captures.end += milliseconds * 8);
    const { output } = await bench.run('capture', { bridge: 'Bass', bars: 1 });
    expect(samplesOf(output.clip)[0]).toBe(Math.fround(bench.captures.sampleAt(316_000)));
    expect(bench.captures.end).toBeGreaterThanOrEqual(332_000);
  });

  it('are refused where the host stops before that line', async () => {
    bench.captures.end = 330_500;
    await expect(bench.run('capture', { bridge: 'Bass', bars: 1 })).rejects.toMatchObject({
      code: 'GRYM_CAPTURE_STALLED',
      kind: 'timeout',
    });
  });

  it('are told to reach back before the song', async () => {
    bench.captures.roll(300_000, 8);
    const { output } = await bench.run('capture', { bridge: 'Bass', bars: 4 });
    expect(output.notes).toEqual([expect.stringContaining('The song began within the take')]);
  });
});

describe('the last bars, while the host stands', () => {
  it("are as long as the bars last at the host's tempo, up to now", async () => {
    bench.captures.roll(300_000, 32, 90);
    bench.captures.transport = { ...(bench.captures.transport as NonNullable<typeof bench.captures.transport>), playing: false };
    const { output } = await bench.run('capture', { bridge: 'Bass', bars: 1 });
    expect(output).toMatchObject({ aligned: false, tempoBpm: 90, bars: 1 });
    expect(output.notes.join()).toContain('The host does not roll');
    expect(samplesOf(output.clip).at(-1)).toBe(Math.fround(bench.captures.sampleAt(319_999)));
    expect(samplesOf(output.clip)).toHaveLength(Math.round((4 * 60 * 8_000) / 90));
  });

  it('say that a tempo was assumed, and do not tell it to the context', async () => {
    const { output, items } = await bench.run('capture', { bridge: 'Bass', bars: 1 });
    expect(output.notes.join()).toContain('120 bpm was assumed');
    expect(items.map(({ field }) => field)).not.toContain('tempoBpm');
  });

  it('take the tempo that is given', async () => {
    const { output } = await bench.run('capture', { bridge: 'Bass', bars: 1, tempoBpm: 60 });
    expect(output).toMatchObject({ tempoBpm: 60, seconds: 4 });
  });
});

describe('the last seconds', () => {
  it('end now', async () => {
    const { output } = await bench.run('capture', { bridge: 'Bass', seconds: 2.5 });
    expect(output).toMatchObject({ seconds: 2.5, bars: null, aligned: false });
    expect(samplesOf(output.clip).at(-1)).toBe(Math.fround(bench.captures.sampleAt(319_999)));
  });

  it('and bars together are refused', () => {
    expect(bench.step('capture').input.safeParse({ bridge: 'Bass', bars: 1, seconds: 1 }).success).toBe(false);
  });
});

describe('a capture is refused', () => {
  it('where no such bridge is', async () => {
    await expect(bench.run('capture', { bridge: 'Drums' })).rejects.toMatchObject({ code: 'GRYM_BRIDGE_UNKNOWN' });
  });

  it('where the bridge has gone', async () => {
    bench.captures.connected = false;
    await expect(bench.run('capture', { bridge: 'Bass' })).rejects.toMatchObject({ code: 'GRYM_BRIDGE_ABSENT', kind: 'transient' });
  });

  it('where the plugin captures nothing', async () => {
    bench.captures.captureFrames = 0;
    await expect(bench.run('capture', { bridge: 'Bass' })).rejects.toMatchObject({ code: 'GRYM_CAPTURE_OFF' });
  });

  it('where less was captured, with both lengths', async () => {
    bench.captures.begin = 320_000 - 8_000 * 3;
    await expect(bench.run('capture', { bridge: 'Bass', bars: 4 })).rejects.toMatchObject({
      code: 'GRYM_CAPTURE_SHORT',
      message: 'Asked for the last 8.0 s of the bridge Bass, which has captured 3.0 s that could be taken.',
    });
  });

  it('where it is silent', async () => {
    bench.captures.sampleAt = () => 1e-5;
    await expect(bench.run('capture', { bridge: 'Bass' })).rejects.toMatchObject({ code: 'GRYM_CAPTURE_SILENT' });
    expect(bench.library.count()).toBe(0);
  });

  it('where what the plugin wrote does not fit together', async () => {
    bench.captures.failure = 'inconsistent';
    await expect(bench.run('capture', { bridge: 'Bass' })).rejects.toMatchObject({ code: 'GRYM_CAPTURE_UNREADABLE', kind: 'transient' });
  });

  it('where the run is cancelled', async () => {
    const controller = new AbortController();
    bench.captures.onRead = () => controller.abort();
    await expect(bench.run('capture', { bridge: 'Bass', seconds: 10 }, { signal: controller.signal })).rejects.toMatchObject({
      code: 'GRYM_CANCELLED',
    });
  });
});

it('takes the whole bars that there are, where that is asked for, and says so', async () => {
  bench.captures.roll(300_000, 32);
  bench.captures.begin = 316_000 - 40_000;
  const { output } = await bench.run('capture', { bridge: 'Bass', bars: 4, whenShort: 'take' });
  expect(output).toMatchObject({ bars: 2, seconds: 4, notes: ['Only 2 of 4 bars had been captured.'] });
});

it('makes samples that are no numbers 0, and says how many', async () => {
  bench.captures.sampleAt = (frame) => (frame % 8_000 === 0 ? NaN : 0.25);
  const { output } = await bench.run('capture', { bridge: 'Bass', seconds: 2 });
  expect(output.notes).toEqual(expect.arrayContaining(['4 samples were no numbers and were made 0.']));
  expect([...samplesOf(output.clip)].every(Number.isFinite)).toBe(true);
});

describe('a capture that is resumed', () => {
  it('takes the frames of its first start, whatever was heard since, as the same clip', async () => {
    bench.captures.roll(300_000, 32);
    const params = { bridge: 'Bass', bars: 2 };
    const prepared = bench.prepare('capture', params);
    const first = await bench.run('capture', params, { prepared });
    bench.captures.end += 80_000;
    bench.captures.roll(380_000, 52, 133);
    const second = await bench.run('capture', params, { prepared, attempt: 2 });
    expect(second.output).toEqual(first.output);
  });

  it('says that they are gone where they were overwritten', async () => {
    const prepared = bench.prepare('capture', { bridge: 'Bass', bars: 4 });
    bench.captures.begin = 300_000;
    bench.captures.end = 800_000;
    await expect(bench.run('capture', { bridge: 'Bass', bars: 4 }, { prepared, attempt: 2 })).rejects.toMatchObject({
      code: 'GRYM_CAPTURE_GONE',
      message: expect.stringContaining('newer audio has been written over it') as string,
    });
  });

  it('says that they are gone where the plugin started a new capture', async () => {
    const prepared = bench.prepare('capture', { bridge: 'Bass', bars: 4 });
    bench.captures.generation = 2;
    await expect(bench.run('capture', { bridge: 'Bass', bars: 4 }, { prepared })).rejects.toMatchObject({ code: 'GRYM_CAPTURE_GONE' });
  });

  it('takes the newest frames where the bridge was not there at the first start', async () => {
    bench.captures.connected = false;
    const prepared = bench.prepare('capture', { bridge: 'Bass', seconds: 1 });
    bench.captures.connected = true;
    const { output } = await bench.run('capture', { bridge: 'Bass', seconds: 1 }, { prepared, attempt: 2 });
    expect(output.seconds).toBe(1);
  });
});

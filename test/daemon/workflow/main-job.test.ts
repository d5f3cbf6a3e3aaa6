import { existsSync } from 'node:fs';
import { GrymError } from '../../../daemon/kernel/index.js';
import { temporaryFolders, thrownBy } from '../doubles/index.js';
import { BRIDGE_A, BRIDGE_B, openWorkbench, untilState, type Workbench } from './workbench.js';

const folder = temporaryFolders();
let bench: Workbench;

beforeEach(async () => {
  bench = openWorkbench(folder());
  await bench.workflow.start();
});
afterEach(() => bench.close());

describe('a run without a bridge', () => {
  test('ends with the clip in the library, undecided', async () => {
    const { finished } = bench.workflow.submit({ prompt: 'dark bass', seed: 7 });
    const run = await finished;
    expect(run).toMatchObject({ state: 'done', seed: 7, fraction: 1, slot: null, error: null, step: null });
    const clip = bench.library.get(run.clipHash ?? '');
    expect(clip).toMatchObject({ prompt: 'dark bass', seed: 7, verdict: 'undecided', path: run.clipPath, sampleRate: 48_000 });
    expect(existsSync(clip.path)).toBe(true);
    expect(run.explanation).toEqual(['“dark bass” is noise of seed 7.']);
    expect(run.timings.map(({ step }) => step)).toEqual(['generate']);
  });

  test('with the same prompt and seed makes the same clip, once', async () => {
    const first = await bench.workflow.submit({ prompt: 'bass', seed: 1 }).finished;
    const second = await bench.workflow.submit({ prompt: 'bass', seed: 1 }).finished;
    expect(second.clipHash).toBe(first.clipHash);
    expect(second.runId).not.toBe(first.runId);
    expect(bench.library.count()).toBe(1);
  });

  test('chooses a seed and keeps it where none is given', async () => {
    const first = await bench.workflow.submit({ prompt: 'bass' }).finished;
    const second = await bench.workflow.submit({ prompt: 'bass' }).finished;
    expect(second.clipHash).not.toBe(first.clipHash);
    expect(bench.library.get(first.clipHash ?? '').seed).toBe(first.seed);
  });

  test('reports rising progress with the stages of the generator', async () => {
    const seen: { fraction: number; stage: string; state: string }[] = [];
    bench.workflow.onEvent(({ run }) => seen.push(run));
    await bench.workflow.submit({ prompt: 'bass' }).finished;
    const fractions = seen.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(seen.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['rendering', 'filing the clip', 'done']));
    expect(seen.map(({ state }) => state)).toEqual(expect.arrayContaining(['queued', 'running', 'done']));
  });
});

describe('a run for a slot', () => {
  test('loads the clip at the rate of the bridge, and journals the change', async () => {
    bench.bridges.connect(BRIDGE_A, 'Bass', { sampleRate: 96_000 });
    const run = await bench.workflow.submit({ prompt: 'bass', target: { bridge: 'Bass', slot: 3 } }).finished;
    expect(run).toMatchObject({ state: 'done', bridgeId: BRIDGE_A, slot: 3 });
    expect(bench.bridges.deliveries).toEqual([{ bridgeId: BRIDGE_A, slot: 3, hash: run.clipHash, revision: 1 }]);
    expect(bench.library.get(run.clipHash ?? '').sampleRate).toBe(96_000);
    expect(run.timings.map(({ step }) => step)).toEqual(['generate', 'deliver']);
  });

  test('takes the next free slot, also while other runs are on their way', async () => {
    bench.bridges.connect(BRIDGE_A);
    const target = { bridge: 'Bass', slot: 'next-free' as const };
    const handles = [1, 2, 3].map((seed) => bench.workflow.submit({ prompt: 'bass', seed, target }));
    const runs = await Promise.all(handles.map(({ finished }) => finished));
    expect(runs.map(({ slot }) => slot)).toEqual([0, 1, 2]);
  });

  test('waits for an absent bridge and delivers when it appears', async () => {
    bench.bridges.connect(BRIDGE_A);
    bench.bridges.disconnect(BRIDGE_A);
    const handle = bench.workflow.submit({ prompt: 'bass', target: { bridge: 'Bass', slot: 0 } });
    const waiting = await handle.settled;
    expect(waiting.state).toBe('waiting-for-bridge');
    expect(existsSync(waiting.clipPath ?? '')).toBe(true);
    expect(bench.workflow.statistics().waitingForBridge).toBe(1);
    bench.bridges.connect(BRIDGE_A);
    expect((await handle.finished).state).toBe('done');
    expect(bench.bridges.deliveries).toHaveLength(1);
  });

  test('of several runs that wait for one slot only the newest waits on', async () => {
    bench.bridges.connect(BRIDGE_A);
    bench.bridges.disconnect(BRIDGE_A);
    const target = { bridge: 'Bass', slot: 0 };
    const older = bench.workflow.submit({ prompt: 'older', target });
    const newer = bench.workflow.submit({ prompt: 'newer', target });
    expect((await older.finished).state).toBe('library-only');
    bench.bridges.connect(BRIDGE_A);
    const { clipHash } = await newer.finished;
    expect(bench.bridges.deliveries.map(({ hash }) => hash)).toEqual([clipHash]);
  });

  test('that loses its bridge while loading waits for it and sends the same revision again', async () => {
    bench.bridges.connect(BRIDGE_A);
    const revisions: number[] = [];
    bench.bridges.hook = ({ revision }) => {
      revisions.push(revision);
      if (revisions.length > 1) return Promise.resolve();
      bench.bridges.disconnect(BRIDGE_A);
      throw new GrymError('GRYM_BRIDGE_ABSENT', { bridge: BRIDGE_A });
    };
    const handle = bench.workflow.submit({ prompt: 'bass', target: { bridge: 'Bass', slot: 0 } });
    await untilState(bench.workflow, handle.runId, 'waiting-for-bridge');
    bench.bridges.connect(BRIDGE_A);
    expect((await handle.finished).state).toBe('done');
    expect(revisions).toEqual([1, 1]);
  });

  test('that the bridge refuses fails with its reason, and the clip stays in the library', async () => {
    bench.bridges.connect(BRIDGE_A);
    bench.bridges.hook = () => Promise.reject(new GrymError('GRYM_SLOT_FAILED', { bridge: 'Bass', slot: 0, reason: 'no memory' }));
    const handle = bench.workflow.submit({ prompt: 'bass', target: { bridge: 'Bass', slot: 0 } });
    await expect(handle.finished).rejects.toMatchObject({ code: 'GRYM_SLOT_FAILED' });
    const run = bench.workflow.get(handle.runId);
    expect(run).toMatchObject({ state: 'failed', error: { code: 'GRYM_SLOT_FAILED' } });
    expect(existsSync(run.clipPath ?? '')).toBe(true);
    expect(bench.slots.offers(BRIDGE_A)).toEqual([]);
  });

  test('for an unknown bridge or an impossible slot is refused before any work', () => {
    const submit = (bridge: string, slot: number) => () => bench.workflow.submit({ prompt: 'bass', target: { bridge, slot } });
    expect(thrownBy(submit('Nobody', 0))).toMatchObject({ code: 'GRYM_BRIDGE_UNKNOWN' });
    bench.bridges.connect(BRIDGE_B, 'Drums');
    expect(thrownBy(submit('Drums', 16))).toMatchObject({ code: 'GRYM_SLOT_INVALID' });
    expect(bench.workflow.list()).toEqual([]);
    expect(bench.generator.calls).toBe(0);
  });
});

import { rmSync } from 'node:fs';
import type { SlotReport } from '../../../protocol/index.js';
import { GrymError } from '../../../daemon/kernel/index.js';
import { temporaryFolders, thrownBy } from '../doubles/index.js';
import { BRIDGE_A, BRIDGE_B, openWorkbench, type Workbench } from './workbench.js';

const folder = temporaryFolders();
const signal = new AbortController().signal;
let data: string;
let bench: Workbench;
let hashes: string[];

beforeEach(async () => {
  data = folder();
  bench = openWorkbench(data);
  await bench.workflow.start();
  const runs = await Promise.all(['a', 'b', 'c'].map((prompt) => bench.workflow.submit({ prompt, seed: 1 }).finished));
  hashes = runs.map(({ clipHash }) => clipHash ?? '');
  bench.bridges.connect(BRIDGE_A);
});
afterEach(() => bench.close());

function report(slot: number, hash: string | null, revision: number): SlotReport {
  return { slot, state: hash === null ? 'empty' : 'ready', hash, revision, problem: null };
}

/** The bridge has these slots and says so. */
function reports(slots: readonly SlotReport[]): void {
  bench.bridges.connect(BRIDGE_A, 'Bass', { slots: [] });
  for (const { slot, hash, revision } of slots) bench.bridges.place({ bridgeId: BRIDGE_A, slot, hash, revision });
  bench.slots.report(BRIDGE_A, slots);
}

test('revisions of a bridge rise with every change, and go on from what the bridge reports', async () => {
  const [a = '', b = ''] = hashes;
  expect(await bench.slots.load(BRIDGE_A, 0, a, signal)).toEqual({ bridgeId: BRIDGE_A, slot: 0, hash: a, revision: 1 });
  expect(await bench.slots.load(BRIDGE_A, 0, b.slice(0, 8), signal)).toMatchObject({ hash: b, revision: 2 });
  expect(await bench.slots.clear(BRIDGE_A, 0, signal)).toMatchObject({ hash: null, revision: 3 });
  reports([report(5, a, 40)]);
  expect(await bench.slots.load(BRIDGE_A, 1, a, signal)).toMatchObject({ revision: 41 });
  bench.bridges.connect(BRIDGE_B, 'Drums');
  expect(await bench.slots.load(BRIDGE_B, 1, a, signal)).toMatchObject({ revision: 1 });
});

test("the project's state wins when it is older than the journal, and the newer clip is offered", async () => {
  const [a = '', b = ''] = hashes;
  await bench.slots.load(BRIDGE_A, 0, a, signal);
  await bench.slots.load(BRIDGE_A, 1, a, signal);
  await bench.slots.load(BRIDGE_A, 0, b, signal);
  reports([report(0, b, 3), report(1, a, 2)]);
  expect(bench.slots.offers(BRIDGE_A)).toEqual([]);
  // The project was saved before the last change and opened again.
  reports([report(0, a, 1), report(1, a, 0)]);
  expect(bench.slots.offers(BRIDGE_A)).toEqual([{ slot: 0, hash: b }]);
  expect(bench.bridges.deliveries).toHaveLength(3);
  await bench.slots.load(BRIDGE_A, 0, b, signal);
  reports([report(0, b, 4), report(1, a, 0)]);
  expect(bench.slots.offers(BRIDGE_A)).toEqual([]);
});

test('a slot that a report leaves out is as the directory has it: empty after the project was opened anew', async () => {
  const [a = ''] = hashes;
  await bench.slots.load(BRIDGE_A, 4, a, signal);
  reports([report(4, a, 1)]);
  expect(bench.slots.offers(BRIDGE_A)).toEqual([]);
  reports([]);
  expect(bench.slots.offers(BRIDGE_A)).toEqual([{ slot: 4, hash: a }]);
});

test('offers survive a restart of the daemon', async () => {
  const [a = ''] = hashes;
  await bench.slots.load(BRIDGE_A, 4, a, signal);
  await bench.close();
  bench = openWorkbench(data);
  reports([report(4, null, 0)]);
  expect(bench.slots.offers(BRIDGE_A)).toEqual([{ slot: 4, hash: a }]);
});

test('a change that the bridge refuses is neither offered nor remembered', async () => {
  const [a = '', b = ''] = hashes;
  await bench.slots.load(BRIDGE_A, 0, a, signal);
  bench.bridges.hook = () => Promise.reject(new GrymError('GRYM_SLOT_FAILED', { bridge: 'Bass', slot: 0, reason: 'unreadable' }));
  await expect(bench.slots.load(BRIDGE_A, 0, b, signal)).rejects.toMatchObject({ code: 'GRYM_SLOT_FAILED' });
  reports([report(0, a, 1)]);
  expect(bench.slots.offers(BRIDGE_A)).toEqual([]);
});

test('changes to one slot reach the bridge one after the other in the order of their revisions', async () => {
  const [a = '', b = '', c = ''] = hashes;
  const log: string[] = [];
  bench.bridges.hook = async ({ revision }) => {
    log.push(`begin ${revision}`);
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`end ${revision}`);
  };
  await Promise.all([a, b, c].map((hash) => bench.slots.load(BRIDGE_A, 0, hash, signal)));
  expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  expect(bench.bridges.slot(BRIDGE_A, 0)).toMatchObject({ hash: c, revision: 3 });
});

test('of two runs for one slot the one that was asked for last fills it, whichever ends first', async () => {
  await bench.close();
  bench = openWorkbench(data, { concurrentRuns: 2 });
  await bench.workflow.start();
  bench.bridges.connect(BRIDGE_A);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  bench.generator.hook = ({ prompt }) => (prompt === 'slow' ? released : Promise.resolve());
  const target = { bridge: 'Bass', slot: 0 };
  const slow = bench.workflow.submit({ prompt: 'slow', target });
  const quick = await bench.workflow.submit({ prompt: 'quick', target }).finished;
  release();
  expect((await slow.finished).state).toBe('library-only');
  expect(bench.bridges.slot(BRIDGE_A, 0)?.hash).toBe(quick.clipHash);
});

test('the next free slot skips what the bridge holds and what is on offer', async () => {
  const [a = ''] = hashes;
  reports([report(0, a, 0)]);
  await bench.slots.load(BRIDGE_A, 1, a, signal);
  expect(bench.slots.nextFree(BRIDGE_A)).toBe(2);
  reports(Array.from({ length: 16 }, (_, slot) => report(slot, a, 1)));
  expect(thrownBy(() => bench.slots.nextFree(BRIDGE_A))).toMatchObject({ code: 'GRYM_SLOTS_FULL' });
});

test('impossible slots, unknown clips and lost files are refused before anything is journalled', async () => {
  const [a = ''] = hashes;
  await expect(bench.slots.load(BRIDGE_A, 16, a, signal)).rejects.toMatchObject({ code: 'GRYM_SLOT_INVALID' });
  await expect(bench.slots.clear(BRIDGE_A, -1, signal)).rejects.toMatchObject({ code: 'GRYM_SLOT_INVALID' });
  await expect(bench.slots.load(BRIDGE_A, 0, 'ffff', signal)).rejects.toMatchObject({ code: 'GRYM_CLIP_UNKNOWN' });
  rmSync(bench.library.get(a).path);
  await expect(bench.slots.load(BRIDGE_A, 0, a, signal)).rejects.toMatchObject({ code: 'GRYM_CLIP_MISSING' });
  expect(bench.bridges.deliveries).toEqual([]);
  expect(bench.slots.nextFree(BRIDGE_A)).toBe(0);
});

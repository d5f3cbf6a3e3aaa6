import { setMaxListeners } from 'node:events';
import { LocalLedger, PRIORITY_STEP_MS, workBudget, type Lease, type LeaseRequest } from '../../../daemon/resources/index.js';
import { FakeClock } from '../doubles/fake-clock.js';
import { thrownBy } from '../doubles/thrown-by.js';

const GIB = 2 ** 30;
const never = new AbortController().signal;
setMaxListeners(0, never);

function request(need: Partial<LeaseRequest> = {}): LeaseRequest {
  return { threads: 1, memoryBytes: 0, priority: 0, deadlineMs: Infinity, signal: never, ...need };
}

function bench(threads = 4, memoryBytes = 8 * GIB): { ledger: LocalLedger; clock: FakeClock; served: string[]; ask: Ask } {
  const clock = new FakeClock();
  const ledger = new LocalLedger({ budget: { threads, memoryBytes }, clock, timers: clock });
  const served: string[] = [];
  const ask: Ask = async (name, need) => {
    const lease = await ledger.acquire(request(need));
    served.push(name);
    return lease;
  };
  return { ledger, clock, served, ask };
}
type Ask = (name: string, need?: Partial<LeaseRequest>) => Promise<Lease>;

describe('the budget', () => {
  const settings = { workThreads: 0, workMemoryMegabytes: 0 };

  test.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [8, 4],
  ])('of %i cores, %i are for work by default', (cores, threads) => {
    expect(workBudget(settings, { cores, memoryBytes: 8 * GIB })).toEqual({ threads, memoryBytes: 4 * GIB });
  });

  test('one core stays the host’s whatever is set, and no more memory is promised than there is', () => {
    const greedy = { workThreads: 64, workMemoryMegabytes: 1_000_000 };
    expect(workBudget(greedy, { cores: 8, memoryBytes: 8 * GIB })).toEqual({ threads: 7, memoryBytes: 8 * GIB });
    expect(workBudget(greedy, { cores: 1, memoryBytes: GIB }).threads).toBe(1);
  });

  test('of this machine leaves something to others', () => {
    const { threads, memoryBytes } = workBudget(settings);
    expect(threads).toBeGreaterThanOrEqual(1);
    expect(memoryBytes).toBeGreaterThan(0);
  });
});

test('what is free is given at once, and given back it is free again', async () => {
  const { ledger } = bench();
  const lease = await ledger.acquire(request({ threads: 3, memoryBytes: GIB }));
  expect(ledger.usage()).toEqual({
    threads: { budget: 4, leased: 3 },
    memoryBytes: { budget: 8 * GIB, leased: GIB },
    leases: 1,
    waiting: 0,
  });
  expect(ledger.tryAcquire({ threads: 2, memoryBytes: 0, priority: 0 })).toBeNull();
  lease.release();
  expect(ledger.usage()).toMatchObject({ threads: { leased: 0 }, memoryBytes: { leased: 0 }, leases: 0 });
});

test('a lease that is released twice counts once', async () => {
  const { ledger } = bench(2);
  const first = await ledger.acquire(request());
  await ledger.acquire(request());
  first.release();
  first.release();
  expect(ledger.usage().threads.leased).toBe(1);
});

test('more than the whole budget is refused at once, with the settings that would allow it', async () => {
  const { ledger } = bench(1, GIB);
  const refusal = ledger.acquire(request({ memoryBytes: 2 * GIB }));
  await expect(refusal).rejects.toMatchObject({ code: 'GRYM_RESOURCE_IMPOSSIBLE', kind: 'resource' });
  await expect(refusal).rejects.toThrow(
    'Asked for were 1 thread and 2048 MiB of memory; all that work may ever take is 1 thread and 1024 MiB',
  );
  expect(thrownBy(() => ledger.tryAcquire({ threads: 2, memoryBytes: 0, priority: 0 }))).toMatchObject({
    code: 'GRYM_RESOURCE_IMPOSSIBLE',
  });
});

test.each([[-1], [0.5], [Number.NaN]])('%p threads are a mistake of the program', async (threads) => {
  const { ledger } = bench();
  await expect(ledger.acquire(request({ threads }))).rejects.toMatchObject({ code: 'GRYM_INTERNAL' });
});

test('higher priority first, then arrival', async () => {
  const { served, ask, clock } = bench(1);
  const first = await ask('holder');
  const others = [ask('early'), ask('late'), ask('urgent', { priority: 5 })];
  first.release();
  for (const name of ['urgent', 'early', 'late']) {
    await clock.turn(0);
    expect(served.at(-1)).toBe(name);
    (await others[['early', 'late', 'urgent'].indexOf(name)])?.release();
  }
});

test('an urgent request that fits goes before a big one that waits', async () => {
  const { served, ask, clock } = bench(4);
  const holder = await ask('holder', { threads: 3 });
  const big = ask('big', { threads: 4 });
  await ask('urgent', { threads: 1, priority: 1 });
  expect(served).toEqual(['holder', 'urgent']);
  holder.release();
  await clock.turn(0);
  expect(served).not.toContain('big');
  void big;
});

test('small requests that keep coming do not keep a big one waiting', async () => {
  const { served, ask, clock } = bench(4);
  const small = [await ask('small 0'), await ask('small 1')];
  const big = ask('big', { threads: 4 });
  for (let count = 2; count < 50; count += 1) {
    const next = ask(`small ${count}`);
    small.shift()?.release();
    await clock.turn(1);
    void next.then((lease) => small.push(lease));
  }
  expect(served.slice(0, 3)).toEqual(['small 0', 'small 1', 'big']);
  (await big).release();
  await clock.turn(1);
  expect(served.length).toBeGreaterThan(3);
});

test('what takes nothing of that for which the others wait goes past them', async () => {
  const { served, ask } = bench(4, 8 * GIB);
  await ask('holder', { threads: 3 });
  void ask('waits for threads', { threads: 2 });
  await ask('memory only', { threads: 0, memoryBytes: GIB });
  await ask('nothing', { threads: 0 });
  void ask('one thread', { threads: 1 });
  expect(served).toEqual(['holder', 'memory only', 'nothing']);
});

test('a step of priority is worth a minute of waiting, so that urgent work never starves ordinary work', async () => {
  const { served, ask, clock } = bench(1);
  const holder = await ask('holder');
  const ordinary = ask('ordinary');
  await clock.turn(PRIORITY_STEP_MS * 2 + 1);
  void ask('urgent, but much later', { priority: 2 });
  holder.release();
  await clock.turn(0);
  expect(served).toEqual(['holder', 'ordinary']);
  (await ordinary).release();
});

test('a request that has waited its time is refused and says who holds what', async () => {
  const { ledger, clock, ask } = bench(1);
  await ask('holder');
  const late = ledger.acquire(request({ deadlineMs: 500 }));
  late.catch(() => undefined);
  await clock.turn(499);
  expect(ledger.usage().waiting).toBe(1);
  await clock.turn(1);
  await expect(late).rejects.toMatchObject({
    code: 'GRYM_RESOURCE_TIMEOUT',
    message: '1 thread and 0 MiB of memory did not become free within 500 ms; 1 other pieces of work hold 1 thread and 0 MiB of memory.',
  });
  expect(ledger.usage().waiting).toBe(0);
});

test('a request is withdrawn when its signal fires, and those behind it move up', async () => {
  const { served, ask, clock } = bench(4);
  await ask('holder', { threads: 3 });
  const controller = new AbortController();
  const big = ask('big', { threads: 4, signal: controller.signal });
  void ask('small');
  await clock.turn(0);
  expect(served).toEqual(['holder']);
  controller.abort();
  await expect(big).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  await clock.turn(0);
  expect(served).toEqual(['holder', 'small']);
  await expect(ask('too late', { signal: controller.signal })).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});

test('a ledger that is disposed refuses who waits and who comes, and takes back what is out', async () => {
  const { ledger, ask, clock } = bench(1);
  const holder = await ask('holder');
  const waiting = ask('waiting', { deadlineMs: 1_000 });
  ledger.dispose();
  await expect(waiting).rejects.toMatchObject({ code: 'GRYM_SHUTTING_DOWN' });
  await expect(ask('late')).rejects.toMatchObject({ code: 'GRYM_SHUTTING_DOWN' });
  holder.release();
  expect(ledger.usage()).toMatchObject({ threads: { leased: 0 }, waiting: 0 });
  expect(clock.pending).toBe(0);
});

test('every change is told, also to one who asks from within, and a listener that fails harms nobody', async () => {
  const { ledger, clock } = bench(1);
  const seen: number[] = [];
  ledger.onChange(() => {
    throw new Error('broken listener');
  });
  const stop = ledger.onChange(({ threads }) => {
    seen.push(threads.leased);
    if (threads.leased === 0) ledger.tryAcquire({ threads: 1, memoryBytes: 0, priority: 0 });
  });
  (await ledger.acquire(request())).release();
  await clock.turn(0);
  expect(seen).toEqual([1, 0, 1]);
  stop();
  expect(ledger.usage().leases).toBe(1);
});

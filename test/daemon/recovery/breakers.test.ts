import { join } from 'node:path';
import { GrymError } from '../../../daemon/kernel/index.js';
import { BREAKER_POLICY, Breakers, SqliteBreakerStore } from '../../../daemon/recovery/index.js';
import { openDatabase, type Database } from '../../../daemon/storage/index.js';
import { FakeClock } from '../doubles/fake-clock.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';

const { threshold, firstRestMs, longestRestMs } = BREAKER_POLICY;
const folder = temporaryFolders();
const fault = new GrymError('GRYM_GENERATOR_FAILED', { reason: 'out of tune' });
const never = new AbortController().signal;

class Bench {
  clock = new FakeClock();
  breakers: Breakers;

  constructor(readonly database: Database = openDatabase(join(folder(), 'grym.db'))) {
    this.breakers = this.restarted();
  }

  /** As a new process finds it: a monotonic clock that begins anew, the wall clock wherever somebody set it. */
  restarted(passedMs = 0): Breakers {
    const clock = new FakeClock(this.clock.nowMs() + passedMs);
    this.clock = clock;
    this.breakers = new Breakers({ store: new SqliteBreakerStore(this.database), clock, timers: clock });
    return this.breakers;
  }

  fail(times = 1): void {
    for (let count = 0; count < times; count += 1) this.breakers.admit('synth')?.failed(fault);
  }
}

let bench: Bench;
beforeEach(() => (bench = new Bench()));
afterEach(() => bench.database.dispose());

test('failures in a row open it; a success between them does not let them add up', () => {
  bench.fail(threshold - 1);
  bench.breakers.admit('synth')?.succeeded();
  bench.fail(threshold - 1);
  expect(bench.breakers.view('synth')).toMatchObject({ state: 'closed', failures: threshold - 1 });
  bench.fail();
  expect(bench.breakers.view('synth')).toEqual({
    provider: 'synth',
    state: 'open',
    failures: threshold,
    restLeftMs: firstRestMs,
    lastError: 'The built-in generator failed: out of tune.',
  });
});

test('an open one lets nobody through, and others are not concerned', () => {
  bench.fail(threshold);
  expect(bench.breakers.admit('synth')).toBeNull();
  expect(bench.breakers.admit('other')).not.toBeNull();
});

test('ends that say nothing about the provider leave it as it is', () => {
  bench.fail(threshold - 1);
  bench.breakers.admit('synth')?.undecided();
  expect(bench.breakers.view('synth').failures).toBe(threshold - 1);
});

test('after its rest one attempt is let through; a success closes it and forgets all', async () => {
  bench.fail(threshold);
  await bench.clock.turn(firstRestMs - 1);
  expect(bench.breakers.admit('synth')).toBeNull();
  await bench.clock.turn(1);
  expect(bench.breakers.view('synth').state).toBe('half-open');
  const probe = bench.breakers.admit('synth');
  expect(bench.breakers.admit('synth')).toBeNull();
  probe?.succeeded();
  expect(bench.breakers.view('synth')).toMatchObject({ state: 'closed', failures: 0 });
  expect(new SqliteBreakerStore(bench.database).load()).toEqual([]);
});

test('a probe that fails opens it for twice as long, up to the longest rest', async () => {
  bench.fail(threshold);
  let rest = firstRestMs;
  for (let opening = 0; opening < 8; opening += 1) {
    await bench.clock.turn(rest);
    bench.fail();
    rest = Math.min(2 * rest, longestRestMs);
    expect(bench.breakers.view('synth')).toMatchObject({ state: 'open', restLeftMs: rest });
  }
  expect(rest).toBe(longestRestMs);
});

test('a probe that says nothing gives its place to the next', async () => {
  bench.fail(threshold);
  await bench.clock.turn(firstRestMs);
  bench.breakers.admit('synth')?.undecided();
  expect(bench.breakers.view('synth').state).toBe('half-open');
  expect(bench.breakers.admit('synth')).not.toBeNull();
});

test('what began before it opened has no say afterwards, and an end counts once', () => {
  const late = bench.breakers.admit('synth');
  const other = bench.breakers.admit('synth');
  bench.fail(threshold);
  late?.succeeded();
  other?.failed(fault);
  expect(bench.breakers.view('synth')).toMatchObject({ state: 'open', failures: threshold });
  const twice = bench.breakers.admit('other');
  twice?.failed(fault);
  twice?.failed(fault);
  expect(bench.breakers.view('other').failures).toBe(1);
});

describe('across a restart', () => {
  test('failures of a closed one are remembered', () => {
    bench.fail(threshold - 1);
    bench.restarted();
    bench.fail();
    expect(bench.breakers.view('synth').state).toBe('open');
  });

  test('an open one rests for what is left of its rest, by the wall clock', async () => {
    bench.fail(threshold);
    bench.restarted(10_000);
    expect(bench.breakers.view('synth')).toMatchObject({ state: 'open', restLeftMs: firstRestMs - 10_000 });
    await bench.clock.turn(firstRestMs - 10_000);
    expect(bench.breakers.view('synth').state).toBe('half-open');
  });

  test('a half-open one stays half-open, whatever became of its probe, and remembers how long it rested last', async () => {
    bench.fail(threshold);
    await bench.clock.turn(firstRestMs);
    bench.breakers.admit('synth');
    bench.restarted(1);
    expect(bench.breakers.view('synth').state).toBe('half-open');
    bench.fail();
    expect(bench.breakers.view('synth')).toMatchObject({ state: 'open', restLeftMs: 2 * firstRestMs });
  });

  test('a wall clock that was set back lets it rest once more, not for the years it was set back by', () => {
    bench.fail(threshold);
    bench.restarted(-365 * 86_400_000);
    expect(bench.breakers.view('synth')).toMatchObject({ state: 'open', restLeftMs: firstRestMs });
  });

  test('a wall clock that was set forward ends the rest early, which costs one attempt', () => {
    bench.fail(threshold);
    bench.restarted(365 * 86_400_000);
    expect(bench.breakers.view('synth').state).toBe('half-open');
  });
});

test('within a process no jump of the wall clock changes a rest', async () => {
  bench.fail(threshold);
  bench.clock.jumpWall(365 * 86_400_000);
  expect(bench.breakers.view('synth').restLeftMs).toBe(firstRestMs);
  bench.clock.jumpWall(-730 * 86_400_000);
  await bench.clock.turn(firstRestMs);
  expect(bench.breakers.view('synth').state).toBe('half-open');
});

describe('who waits for a provider', () => {
  test('is called when its rest is over, or when another one’s probe has ended', async () => {
    bench.fail(threshold);
    const called: boolean[] = [];
    void bench.breakers.untilAdmitting('synth', 120_000, never).then((isAdmitting) => called.push(isAdmitting));
    await bench.clock.turn(firstRestMs - 1);
    expect(called).toEqual([]);
    await bench.clock.turn(1);
    expect(called).toEqual([true]);
    const probe = bench.breakers.admit('synth');
    void bench.breakers.untilAdmitting('synth', 120_000, never).then((isAdmitting) => called.push(isAdmitting));
    await bench.clock.turn(1_000);
    expect(called).toEqual([true]);
    probe?.succeeded();
    await bench.clock.turn(0);
    expect(called).toEqual([true, true]);
    expect(bench.clock.pending).toBe(0);
  });

  test('waits no longer than it may, and stops when it is cancelled', async () => {
    bench.fail(threshold);
    const controller = new AbortController();
    const short = bench.breakers.untilAdmitting('synth', 5_000, never);
    const cancelled = bench.breakers.untilAdmitting('synth', 50_000, controller.signal);
    controller.abort();
    await bench.clock.turn(5_000);
    expect([await short, await cancelled]).toEqual([false, false]);
    expect(bench.clock.pending).toBe(0);
  });
});

test('a database that cannot be written costs the memory over a restart, not the breaker', () => {
  bench.fail(1);
  bench.database.dispose();
  bench.fail(threshold - 1);
  expect(bench.breakers.view('synth').state).toBe('open');
});

test('a rest that a person ends is over: one attempt decides, for those who wait too, and a restart changes nothing of it', async () => {
  bench.fail(threshold);
  const waited = bench.breakers.untilAdmitting('synth', longestRestMs, never);
  bench.breakers.endRest('synth');
  await expect(waited).resolves.toBe(true);
  expect(bench.breakers.view('synth')).toMatchObject({ state: 'half-open', failures: threshold, restLeftMs: 0 });
  expect(bench.restarted().view('synth')).toMatchObject({ state: 'half-open', failures: threshold, restLeftMs: 0 });
  bench.fail();
  expect(bench.breakers.view('synth')).toMatchObject({ state: 'open', restLeftMs: 2 * firstRestMs });
});

test('nothing changes for one that does not rest', () => {
  bench.fail(threshold - 1);
  bench.breakers.endRest('synth');
  bench.breakers.endRest('never failed');
  expect(bench.breakers.view('synth')).toMatchObject({ state: 'closed', failures: threshold - 1 });
  expect(bench.breakers.list()).toHaveLength(1);
});

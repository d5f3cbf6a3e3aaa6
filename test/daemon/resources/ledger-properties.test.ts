import fc from 'fast-check';
import { LocalLedger, type Lease } from '../../../daemon/resources/index.js';
import { FakeClock } from '../doubles/fake-clock.js';

const BUDGET = { threads: 4, memoryBytes: 100 };

const need = fc.record({
  threads: fc.integer({ min: 0, max: BUDGET.threads }),
  memoryBytes: fc.integer({ min: 0, max: BUDGET.memoryBytes }),
  priority: fc.integer({ min: -3, max: 3 }),
});
type Need = { threads: number; memoryBytes: number; priority: number };

const command = fc.oneof(
  { weight: 4, arbitrary: need.map((asked) => ({ kind: 'ask' as const, asked, deadlineMs: Infinity })) },
  { weight: 1, arbitrary: need.map((asked) => ({ kind: 'ask' as const, asked, deadlineMs: 50 })) },
  { weight: 2, arbitrary: need.map((asked) => ({ kind: 'try' as const, asked })) },
  { weight: 4, arbitrary: fc.nat(30).map((which) => ({ kind: 'release' as const, which })) },
  { weight: 1, arbitrary: fc.nat(30).map((which) => ({ kind: 'cancel' as const, which })) },
  { weight: 1, arbitrary: fc.nat(40).map((milliseconds) => ({ kind: 'turn' as const, milliseconds })) },
);

interface Asked {
  readonly need: Need;
  readonly controller: AbortController;
  state: 'waiting' | 'held' | 'refused';
  lease?: Lease;
}

class Trial {
  readonly clock = new FakeClock();
  readonly ledger = new LocalLedger({ budget: BUDGET, clock: this.clock, timers: this.clock });
  readonly asked: Asked[] = [];

  ask(asked: Need, deadlineMs: number): void {
    const entry: Asked = { need: asked, controller: new AbortController(), state: 'waiting' };
    this.asked.push(entry);
    this.ledger.acquire({ ...asked, deadlineMs, signal: entry.controller.signal }).then(
      (lease) => Object.assign(entry, { state: 'held', lease }),
      () => (entry.state = 'refused'),
    );
  }

  try(asked: Need): void {
    const lease = this.ledger.tryAcquire(asked);
    if (lease !== null) this.asked.push({ need: asked, controller: new AbortController(), state: 'held', lease });
  }

  get held(): Asked[] {
    return this.asked.filter(({ state }) => state === 'held');
  }

  release(which: number): void {
    const entry = this.held[which % Math.max(1, this.held.length)];
    if (entry === undefined) return;
    entry.lease?.release();
    entry.lease?.release();
    entry.state = 'refused';
  }

  check(): void {
    const { threads, memoryBytes, leases, waiting } = this.ledger.usage();
    const sum = (of: (entry: Asked) => number): number => this.held.reduce((total, entry) => total + of(entry), 0);
    expect(threads.leased).toBe(sum((entry) => entry.need.threads));
    expect(memoryBytes.leased).toBe(sum((entry) => entry.need.memoryBytes));
    expect(leases).toBe(this.held.length);
    expect(waiting).toBe(this.asked.filter(({ state }) => state === 'waiting').length);
    expect(threads.leased).toBeLessThanOrEqual(BUDGET.threads);
    expect(memoryBytes.leased).toBeLessThanOrEqual(BUDGET.memoryBytes);
  }
}

test('whatever is asked, released and cancelled: never over the budget, everybody is served, nothing leaks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const trial = new Trial();
      for (const step of commands) {
        if (step.kind === 'ask') trial.ask(step.asked, step.deadlineMs);
        else if (step.kind === 'try') trial.try(step.asked);
        else if (step.kind === 'release') trial.release(step.which);
        else if (step.kind === 'cancel') trial.asked[step.which]?.controller.abort();
        await trial.clock.turn(step.kind === 'turn' ? step.milliseconds : 0);
        trial.check();
      }
      // Everybody who still waits is served as soon as those before have ended.
      for (let round = 0; trial.held.length > 0 && round < 1_000; round += 1) {
        trial.release(0);
        await trial.clock.turn(0);
      }
      expect(trial.asked.filter(({ state }) => state === 'waiting')).toEqual([]);
      expect(trial.ledger.usage()).toMatchObject({ threads: { leased: 0 }, memoryBytes: { leased: 0 }, leases: 0, waiting: 0 });
      expect(trial.clock.pending).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test('nobody is overtaken by more than what would be free beside him', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(need, { minLength: 1, maxLength: 20 }), fc.array(need, { maxLength: 40 }), async (before, after) => {
      const trial = new Trial();
      trial.ask({ threads: 1, memoryBytes: 1, priority: 0 }, Infinity);
      for (const asked of before) trial.ask({ ...asked, priority: 0 }, Infinity);
      await trial.clock.turn(0);
      const first = trial.asked.find(({ state }) => state === 'waiting');
      if (first === undefined) return;
      for (const asked of after) trial.ask({ ...asked, priority: 0 }, Infinity);
      await trial.clock.turn(0);
      // All that was held when the first one in line began to wait ends; what came after it goes on for ever.
      const place = trial.asked.indexOf(first);
      for (const entry of trial.asked.slice(0, place)) {
        if (entry.state !== 'held') continue;
        entry.lease?.release();
        entry.state = 'refused';
      }
      await trial.clock.turn(0);
      expect(first.state).toBe('held');
    }),
    { numRuns: 200 },
  );
});

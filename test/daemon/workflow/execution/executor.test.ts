import { GrymError, type Timers } from '../../../../daemon/kernel/index.js';
import { BREAKER_POLICY, MAXIMUM_INTERRUPTIONS, runRetryBudget } from '../../../../daemon/recovery/index.js';
import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { thrownBy } from '../../doubles/thrown-by.js';
import { CAPABILITY, ExecutorBench, testStep, type Attempt } from './executor-bench.js';

const GIB = 2 ** 30;
const folder = temporaryFolders();
let bench: ExecutorBench;
beforeEach(() => (bench = new ExecutorBench(folder())));
afterEach(() => bench.dispose());

const whole = (): Promise<unknown> => Promise.resolve({ sound: 'whole' });
const unreachable = (): Promise<never> => Promise.reject(new GrymError('GRYM_STEP_UNREACHABLE', { step: 'make-sound', reason: 'gone' }));
const faulty = (): Promise<never> => Promise.reject(new GrymError('GRYM_GENERATOR_FAILED', { reason: 'out of tune' }));
const hangs = ({ signal }: Attempt): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
const bare = { capability: null };

describe('a step that works', () => {
  test('is done at its first attempt, with its input completed and its output as the schema says', async () => {
    const seen: Attempt[] = [];
    const outcome = await bench.execute(
      testStep((attempt) => (seen.push(attempt), whole())),
      { input: { name: 'kick' } },
    );
    expect(outcome).toEqual({
      kind: 'done',
      outcome: { kind: 'done', output: { sound: 'whole' } },
      provider: { provider: 'first', version: '1' },
      input: { name: 'kick', size: 8 },
      attempt: 1,
    });
    expect(seen).toMatchObject([{ provider: 'first', size: 8, attempt: 1 }]);
    expect([bench.starts, bench.tried]).toEqual([[], []]);
  });

  test('may say that it waits, which is no failure', async () => {
    const reason = { kind: 'bridge', bridgeId: 'b1' } as const;
    const step = { ...testStep(whole), run: () => Promise.resolve({ kind: 'wait', reason } as const) };
    expect(await bench.execute(step)).toMatchObject({ kind: 'done', outcome: { kind: 'wait', reason } });
  });
});

describe('the input', () => {
  test('that the schema refuses is never acted on', async () => {
    let acted = false;
    const outcome = await bench.execute(
      testStep(() => ((acted = true), whole())),
      { input: { size: 'big', loud: true } },
    );
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'GRYM_STEP_INPUT_INVALID' } });
    expect(outcome.kind === 'failed' && outcome.error.message).toMatch(/"make-sound".*size: .*expected number.*"loud"/);
    expect(acted).toBe(false);
  });

  test('is completed for the journal and the cache as the step gets it', () => {
    expect(bench.executor.completeInput(testStep(whole), { size: 2 })).toEqual({ size: 2, name: '' });
    expect(thrownBy(() => bench.executor.completeInput(testStep(whole), { size: 0 }))).toMatchObject({ code: 'GRYM_STEP_INPUT_INVALID' });
  });
});

describe('the lease', () => {
  const big = { ...bare, threads: 2, memoryBytes: () => GIB };

  test('is held while the step runs and never while it pauses', async () => {
    const held: number[] = [];
    const step = testStep(({ attempt }) => (held.push(bench.ledger.usage().threads.leased), attempt < 3 ? unreachable() : whole()), big);
    const pauses: number[] = [];
    bench.ledger.onChange(({ leases }) => pauses.push(leases));
    expect(await bench.execute(step)).toMatchObject({ kind: 'done' });
    expect(held).toEqual([2, 2, 2]);
    expect(pauses).toEqual([1, 0, 1, 0, 1, 0]);
  });

  test('that the engine took is used for the first attempt and given back', async () => {
    const lease = bench.ledger.tryAcquire({ threads: 2, memoryBytes: GIB, priority: 0 }) ?? undefined;
    const step = testStep(() => (expect(bench.ledger.usage().leases).toBe(1), whole()), big);
    expect(await bench.execute(step, { lease })).toMatchObject({ kind: 'done' });
    expect(bench.ledger.usage().leases).toBe(0);
    const refused = bench.ledger.tryAcquire({ threads: 2, memoryBytes: GIB, priority: 0 }) ?? undefined;
    await bench.execute(step, { lease: refused, input: { size: -1 } });
    expect(bench.ledger.usage().leases).toBe(0);
  });

  test('is waited for, by priority', async () => {
    const holder = await bench.ledger.acquire({
      threads: 2,
      memoryBytes: 0,
      priority: 0,
      deadlineMs: Infinity,
      signal: new AbortController().signal,
    });
    const order: number[] = [];
    const run = (priority: number): Promise<unknown> =>
      bench.executor.execute(
        bench.order(
          testStep(() => (order.push(priority), whole()), big),
          { priority },
        ),
      );
    const both = [run(0), run(3)];
    await bench.clock.turn(1_000);
    expect(order).toEqual([]);
    expect(bench.stages).toContain('waiting for free threads and memory');
    holder.release();
    await bench.clock.turnUntil(Promise.all(both));
    expect(order).toEqual([3, 0]);
  });

  test('bigger than the budget: smaller settings where there are some, else it fails at once and names the command', async () => {
    const memoryBytes = (size: number): number => size * GIB;
    expect(await bench.execute(testStep(whole, { ...bare, memoryBytes, canShrink: true }))).toMatchObject({
      kind: 'done',
      input: { size: 4 },
    });
    expect(bench.tried).toMatchObject([{ code: 'GRYM_RESOURCE_IMPOSSIBLE' }]);
    const rigid = await bench.execute(testStep(whole, { ...bare, memoryBytes }), { mayAsk: true });
    expect(rigid).toMatchObject({ kind: 'failed', error: { code: 'GRYM_RESOURCE_IMPOSSIBLE' } });
    expect(bench.clock.monotonicMs()).toBe(0);
  });

  test('that does not become free in ten minutes fails the step, or asks', async () => {
    await bench.ledger.acquire({ threads: 2, memoryBytes: 0, priority: 0, deadlineMs: Infinity, signal: new AbortController().signal });
    expect(await bench.execute(testStep(whole, big))).toMatchObject({ kind: 'failed', error: { code: 'GRYM_RESOURCE_TIMEOUT' } });
    expect(bench.clock.monotonicMs()).toBe(600_000);
    expect(await bench.execute(testStep(whole, big), { mayAsk: true })).toMatchObject({ kind: 'ask' });
  });
});

describe('the deadline of an attempt', () => {
  test('is the workflow’s where it sets one', async () => {
    const outcome = await bench.execute(testStep(hangs, bare), { deadlineMs: 20, attempts: 1 });
    expect(outcome).toMatchObject({ kind: 'failed', error: { message: 'The step "make-sound" did not finish within 20 ms.' } });
  });

  test('leaves work that does not listen behind after the grace; the lease is free again, what it says later counts for nothing', async () => {
    bench.dispose();
    const timers = new FakeClock();
    bench = new ExecutorBench(folder(), { timers, graceMs: 1_000 });
    let finish = (): void => undefined;
    const deaf = ({ progress }: Attempt): Promise<unknown> =>
      new Promise((resolve) => (finish = () => (progress(0.9, 'late'), resolve({ sound: 'late' }))));
    const running = bench.executor.execute(bench.order(testStep(deaf, { ...bare, threads: 1, deadlineMs: 100 }), { attempts: 1 }));
    await timers.turn(100 + 999);
    expect(bench.ledger.usage().leases).toBe(1);
    await timers.turn(1);
    expect(await running).toMatchObject({ kind: 'failed', error: { code: 'GRYM_DEADLINE_EXCEEDED' } });
    expect(bench.ledger.usage().leases).toBe(0);
    finish();
    await timers.turn(10);
    expect(bench.stages).not.toContain('late');
    expect(timers.pending).toBe(0);
  });

  test('does not start the next attempt before the last one has stopped', async () => {
    let running = 0;
    let most = 0;
    const slowToStop = async ({ signal, attempt }: Attempt): Promise<unknown> => {
      most = Math.max(most, (running += 1));
      if (attempt === 1) await new Promise((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 50)));
      running -= 1;
      return { sound: 'whole' };
    };
    expect(await bench.execute(testStep(slowToStop, { ...bare, deadlineMs: 20 }))).toMatchObject({ kind: 'done', attempt: 2 });
    expect(most).toBe(1);
  });
});

describe('the deadline of the run', () => {
  test('ends the attempt, is no fault of the provider, and nothing is tried after it', async () => {
    bench.dispose();
    const clock = new FakeClock();
    const timers: Timers = clock;
    bench = new ExecutorBench(folder(), { timers });
    const running = bench.executor.execute(bench.order(testStep(hangs), { deadlineAtMs: bench.clock.nowMs() + 300, mayAsk: true }));
    await clock.turn(300);
    expect(await running).toMatchObject({ kind: 'failed', error: { code: 'GRYM_RUN_DEADLINE' } });
    expect(bench.breakers.list()).toEqual([]);
    expect(bench.starts).toEqual([]);
  });

  test('leaves no retry that could only be late', async () => {
    const outcome = await bench.execute(testStep(unreachable), { deadlineAtMs: bench.clock.nowMs() + 300, mayAsk: true });
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'GRYM_STEP_UNREACHABLE' } });
    expect(bench.tried.at(-1)?.words).toContain("Given up: the run's deadline leaves no time for another attempt.");
    expect(bench.tried).toHaveLength(2);
  });
});

describe('cancelling', () => {
  const cancel = new GrymError('GRYM_CANCELLED', { what: 'run run1' });
  const stopped = { kind: 'stopped', error: cancel };
  let controller: AbortController;
  beforeEach(() => (controller = new AbortController()));
  const start = (act: (attempt: Attempt) => Promise<unknown>, options = {}): Promise<unknown> =>
    bench.executor.execute(bench.order(testStep(act, options), { signal: controller.signal }));

  test('stops the attempt, and counts for nothing', async () => {
    const running = start(hangs, { threads: 1 });
    await bench.clock.turn(0);
    controller.abort(cancel);
    expect(await running).toEqual(stopped);
    expect([bench.tried, bench.breakers.list(), bench.ledger.usage().leases]).toEqual([[], [], 0]);
  });

  test('ends the pause between attempts at once', async () => {
    const running = start(unreachable);
    await bench.clock.turn(1);
    expect(bench.clock.pending).toBe(1);
    controller.abort(cancel);
    expect(await running).toEqual(stopped);
    expect([bench.starts, bench.clock.pending]).toEqual([[], 0]);
  });

  test('ends the wait for a lease at once', async () => {
    await bench.ledger.acquire({ threads: 2, memoryBytes: 0, priority: 0, deadlineMs: Infinity, signal: new AbortController().signal });
    const running = start(whole, { threads: 1 });
    await bench.clock.turn(1);
    expect(bench.ledger.usage().waiting).toBe(1);
    controller.abort(cancel);
    expect(await running).toEqual(stopped);
    expect(bench.ledger.usage().waiting).toBe(0);
  });

  test('ends the wait for a provider that rests, and a shutdown is told from a cancel', async () => {
    for (let count = 0; count < BREAKER_POLICY.threshold; count += 1) bench.breakers.admit('first')?.failed(cancel);
    const running = start(whole);
    await bench.clock.turn(1_000);
    const shutdown = new GrymError('GRYM_SHUTTING_DOWN', {});
    controller.abort(shutdown);
    expect(await running).toEqual({ kind: 'stopped', error: shutdown });
    expect(bench.clock.pending).toBe(0);
  });

  test('before the start nothing is started', async () => {
    controller.abort(cancel);
    let acted = false;
    expect(await start(() => ((acted = true), whole()))).toEqual(stopped);
    expect(acted).toBe(false);
  });
});

describe('attempts', () => {
  test('are what the workflow says, over all that the table would do', async () => {
    const outcome = await bench.execute(testStep(faulty, { canShrink: true }), { attempts: 3 });
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(bench.tried).toHaveLength(3);
  });

  test('of the whole run are bounded, whatever its steps allow', async () => {
    const journalled: number[] = [];
    const budget = runRetryBudget({ limit: 4, onTaken: (used) => journalled.push(used) });
    await bench.execute(testStep(unreachable, bare), { budget });
    const outcome = await bench.execute(testStep(unreachable, bare), { budget });
    expect(bench.tried).toHaveLength(2 + 4);
    expect(journalled).toEqual([1, 2, 3, 4]);
    expect(bench.tried.at(-1)?.words).toContain('Given up: the run has used up its 4 further attempts.');
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'GRYM_STEP_UNREACHABLE' } });
  });

  test('that were tried by earlier processes are remembered', async () => {
    const earlier = { attempt: 1, provider: null, code: 'GRYM_STEP_UNREACHABLE', kind: 'transient', words: 'gone' } as const;
    const tried = [earlier, { ...earlier, attempt: 2 }];
    await bench.execute(testStep(unreachable, bare), { attempt: 3, tried, attempts: 3 });
    expect(bench.tried.map(({ attempt }) => attempt)).toEqual([3]);
  });

  test('that the death of the daemon ended are bounded too, and count for nothing else', async () => {
    const last = await bench.execute(testStep(whole), { attempt: MAXIMUM_INTERRUPTIONS });
    expect(last).toMatchObject({ kind: 'done', attempt: MAXIMUM_INTERRUPTIONS });
    const over = await bench.execute(testStep(whole), { attempt: MAXIMUM_INTERRUPTIONS + 1 });
    expect(over).toMatchObject({ kind: 'failed', error: { code: 'GRYM_RUN_EXHAUSTED', kind: 'fatal' } });
    expect(over.kind === 'failed' && over.error.message).toContain('interrupted 10 times in the step "make-sound"');
    expect(await bench.execute(testStep(unreachable, bare), { attempt: 5, attempts: 2 })).toMatchObject({ kind: 'failed' });
    expect(bench.tried.map(({ attempt }) => attempt)).toEqual([5, 6]);
  });

  test('are not made where the journal does not take them', async () => {
    let acts = 0;
    const full = new GrymError('GRYM_LIBRARY_UNWRITABLE', { path: '/music', reason: 'there is no space left' });
    const execution = bench.execute(
      testStep(() => ((acts += 1), unreachable())),
      {
        onStart: () => {
          throw full;
        },
      },
    );
    await expect(execution).rejects.toBe(full);
    expect(acts).toBe(1);
  });
});

describe('providers', () => {
  test('are taken in the order of the registry, those that rest last', () => {
    bench.capabilities.register(CAPABILITY, { provider: 'second', version: '1' });
    const step = testStep(whole);
    expect(bench.executor.chooseProvider(step)?.provider).toBe('first');
    for (let count = 0; count < BREAKER_POLICY.threshold; count += 1) {
      bench.breakers.admit('first')?.failed(new GrymError('GRYM_GENERATOR_FAILED', { reason: 'x' }));
    }
    expect(bench.executor.chooseProvider(step)?.provider).toBe('second');
    expect(bench.executor.chooseProvider(testStep(whole, bare))).toBeNull();
    expect(thrownBy(() => bench.executor.chooseProvider(testStep(whole, { capability: 'transcribe.audio' })))).toMatchObject({
      code: 'GRYM_CAPABILITY_UNAVAILABLE',
    });
  });

  test('that are gone since the start was journalled are replaced, and the journal is told', async () => {
    const outcome = await bench.execute(testStep(whole), { provider: { provider: 'uninstalled', version: '1' } });
    expect(outcome).toMatchObject({ kind: 'done', provider: { provider: 'first' }, attempt: 1 });
    expect(bench.starts).toMatchObject([{ attempt: 1, provider: { provider: 'first' } }]);
  });

  test('that all rest are waited for: the step runs as soon as one may be tried', async () => {
    for (let count = 0; count < BREAKER_POLICY.threshold; count += 1) {
      bench.breakers.admit('first')?.failed(new GrymError('GRYM_GENERATOR_FAILED', { reason: 'x' }));
    }
    expect(await bench.execute(testStep(whole))).toMatchObject({ kind: 'done', attempt: 2 });
    expect(bench.clock.monotonicMs()).toBe(BREAKER_POLICY.firstRestMs);
    expect(bench.tried[0]?.words).toBe(
      'Attempt 1 with "first" failed: The provider "first" failed 5 times in a row and rests for 30 s more. Waited, 2 min at most, before another attempt.',
    );
    expect(bench.breakers.view('first').state).toBe('closed');
  });

  test('that rest longer than a step waits fail it, or a person is asked', async () => {
    for (let opening = 0; opening < 4; opening += 1) {
      for (let count = 0; count < BREAKER_POLICY.threshold; count += 1) {
        bench.breakers.admit('first')?.failed(new GrymError('GRYM_GENERATOR_FAILED', { reason: 'x' }));
      }
      if (opening < 3) await bench.clock.turn(bench.breakers.view('first').restLeftMs);
    }
    const begin = bench.clock.monotonicMs();
    expect(await bench.execute(testStep(whole))).toMatchObject({ kind: 'failed', error: { code: 'GRYM_PROVIDER_RESTING' } });
    expect(bench.clock.monotonicMs() - begin).toBe(120_000);
    expect(await bench.execute(testStep(whole), { mayAsk: true })).toMatchObject({ kind: 'done' });
  });

  test('that fail are each retried, then the settings get smaller with the last one', async () => {
    bench.capabilities.register(CAPABILITY, { provider: 'second', version: '1' });
    const outcome = await bench.execute(testStep(({ size }) => (size > 2 ? faulty() : whole()), { canShrink: true }));
    expect(outcome).toMatchObject({ kind: 'done', provider: { provider: 'second' }, input: { size: 2 } });
    expect(bench.tried.map(({ provider, attempt }) => [attempt, provider])).toEqual([
      [1, 'first'],
      [2, 'first'],
      [3, 'second'],
      [4, 'second'],
      [5, 'second'],
      [6, 'second'],
    ]);
  });
});

test('an answer to a question goes on with what was chosen', async () => {
  const step = testStep(({ size }) => (size > 4 ? faulty() : whole()), { ...bare, canShrink: true });
  const outcome = await bench.execute(step, { attempt: 2, answer: 'smaller-settings', mayAsk: true });
  expect(outcome).toMatchObject({ kind: 'done', input: { size: 4 } });
  expect(bench.starts).toMatchObject([{ attempt: 2, input: { size: 4 } }]);
});

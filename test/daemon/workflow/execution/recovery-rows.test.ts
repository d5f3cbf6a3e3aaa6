import { ERROR_CATALOGUE, ERROR_KINDS, GrymError, type ErrorCode, type ErrorDetails } from '../../../../daemon/kernel/index.js';
import { BREAKER_POLICY, MAXIMUM_REDUCTIONS, RECOVERY_BY_CODE, recoveryPolicy, type Procedure } from '../../../../daemon/recovery/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { CAPABILITY, ExecutorBench, testStep, type Attempt } from './executor-bench.js';
import { REAL_FAILURES, SCHEMA_BREAKING_ANSWER, UNWRITABLE_LIBRARY, type RealFailure } from './real-failures.js';

const ELSEWHERE: ReadonlySet<string> = new Set([
  'GRYM_RESOURCE_IMPOSSIBLE',
  'GRYM_RESOURCE_TIMEOUT',
  'GRYM_RUN_DEADLINE',
  'GRYM_PROVIDER_RESTING',
]);

// Each row of docs/reference/recovery.md, driven by a failure that really happens.
const folder = temporaryFolders();
const benches: ExecutorBench[] = [];
afterEach(() => benches.splice(0).forEach((bench) => bench.dispose()));

function open(providers?: readonly string[]): ExecutorBench {
  const bench = new ExecutorBench(folder(), providers === undefined ? {} : { providers });
  benches.push(bench);
  return bench;
}

const FAILURES = [...REAL_FAILURES, SCHEMA_BREAKING_ANSWER, UNWRITABLE_LIBRARY];
const NAMED = FAILURES.map((failure) => [failure.kind, failure.name, failure] as const);

/** Fails as long as `fails` says so. */
function failing(failure: RealFailure, fails: (attempt: Attempt) => boolean = () => true, canShrink = false): ReturnType<typeof testStep> {
  const act = (attempt: Attempt): Promise<unknown> => (fails(attempt) ? failure.act(attempt) : Promise.resolve({ sound: 'whole' }));
  return testStep(act, { ...failure.options, canShrink });
}

function has(failure: RealFailure, procedure: Procedure): boolean {
  return recoveryPolicy(failure.code, failure.kind).procedures.includes(procedure);
}

test('every kind of error is driven by a failure', () => {
  expect(new Set(FAILURES.map(({ kind }) => kind))).toEqual(new Set(ERROR_KINDS));
});

describe.each(NAMED)('%s: %s', (kind, _name, failure) => {
  const policy = recoveryPolicy(failure.code, kind);
  const counts = policy.breaker === 'counts';
  const allAttempts = policy.attempts + policy.waitsMs.length;

  test('is tried as often as the table says, then ends as it says', async () => {
    const bench = open();
    const outcome = await bench.execute(failing(failure));
    expect(bench.tried.map(({ code }) => code)).toEqual(Array<string>(allAttempts).fill(failure.code));
    expect(outcome).toMatchObject({ kind: policy.end === 'cancelled' ? 'stopped' : 'failed', error: { kind, code: failure.code } });
    // Each further start was journalled before it was acted on.
    expect(bench.starts.map(({ attempt }) => attempt)).toEqual(Array.from({ length: allAttempts - 1 }, (_, index) => index + 2));
    expect(bench.ledger.usage()).toMatchObject({ leases: 0, waiting: 0 });
  });

  test('waits between attempts as long as the table says, and no longer', async () => {
    const bench = open();
    const begin = bench.clock.monotonicMs();
    await bench.execute(failing(failure));
    const { initialMs, maximumMs } = policy.backoff;
    // With a random number of 0.5 each delay is three quarters of its longest.
    const delays = Array.from({ length: policy.attempts - 1 }, (_, index) => 0.75 * Math.min(initialMs * 2 ** index, maximumMs));
    const expected = [...delays, ...policy.waitsMs].reduce((sum, delay) => sum + delay, 0);
    expect(bench.clock.monotonicMs() - begin).toBeCloseTo(expected, 6);
  });

  test('goes away by itself: the step is done, whichever attempt it was', async () => {
    for (let good = 2; good <= allAttempts; good += 1) {
      const bench = open();
      expect(await bench.execute(failing(failure, ({ attempt }) => attempt < good))).toMatchObject({ kind: 'done', attempt: good });
      expect(bench.breakers.list()).toEqual([]);
    }
  });

  test('other provider', async () => {
    const bench = open(['first', 'second']);
    const outcome = await bench.execute(failing(failure, ({ provider }) => provider === 'first'));
    if (has(failure, 'other-provider')) {
      expect(outcome).toMatchObject({ kind: 'done', provider: { provider: 'second' }, attempt: policy.attempts + 1 });
      expect(bench.starts.at(-1)?.provider?.provider).toBe('second');
      expect(bench.tried.at(-1)?.words).toContain('Went on with "second".');
    } else expect(outcome.kind).not.toBe('done');
  });

  test('smaller settings', async () => {
    const bench = open();
    const outcome = await bench.execute(failing(failure, ({ size }) => size > 4, true));
    if (has(failure, 'smaller-settings')) {
      expect(outcome).toMatchObject({ kind: 'done', input: { size: 4 }, attempt: policy.attempts + 1 });
      expect(bench.tried.at(-1)?.words).toContain('Went on with smaller settings: size 4 instead of 8.');
    } else expect(outcome.kind).not.toBe('done');
    const stubborn = open();
    await stubborn.execute(failing(failure, () => true, true));
    const sizes = [...new Set(stubborn.starts.map(({ input }) => input['size']))];
    expect(sizes.filter((size) => size !== undefined && size !== 8)).toHaveLength(
      has(failure, 'smaller-settings') ? MAXIMUM_REDUCTIONS : 0,
    );
  });

  test('ask', async () => {
    const bench = open();
    const outcome = await bench.execute(failing(failure), { mayAsk: true });
    if (!has(failure, 'ask')) {
      expect(outcome.kind).not.toBe('ask');
      return;
    }
    expect(outcome).toMatchObject({ kind: 'ask', error: { code: failure.code }, options: [{ id: 'retry' }, { id: 'give-up' }] });
    const again = { tried: bench.tried.splice(0), attempt: allAttempts + 1 };
    const answered = open();
    const repaired = await answered.execute(
      failing(failure, ({ attempt }) => attempt <= allAttempts),
      { ...again, answer: 'retry', mayAsk: true },
    );
    expect(repaired).toMatchObject({ kind: 'done', attempt: allAttempts + 1 });
    expect(await answered.execute(failing(failure), { ...again, answer: 'give-up', mayAsk: true })).toMatchObject({
      kind: 'failed',
      error: { code: 'GRYM_STEP_GIVEN_UP' },
    });
  });

  test('closed breaker', async () => {
    const bench = open();
    await bench.execute(failing(failure), { attempts: 1 });
    expect(bench.breakers.view('first')).toMatchObject({ state: 'closed', failures: counts ? 1 : 0 });
    for (let count = 1; count < BREAKER_POLICY.threshold; count += 1) await bench.execute(failing(failure), { attempts: 1 });
    expect(bench.breakers.view('first').state).toBe(counts ? 'open' : 'closed');
  });

  test('open breaker', async () => {
    const bench = open(['first', 'second']);
    openBreaker(bench);
    let attempts = 0;
    const step = failing(failure, ({ provider }) => ((attempts += 1), provider === 'first'));
    // As it was journalled before the breaker opened: it is not tried with that provider.
    expect(await bench.execute(step, { provider: { provider: 'first', version: '1' } })).toMatchObject({
      kind: 'done',
      provider: { provider: 'second' },
    });
    expect(attempts).toBe(1);
    expect(bench.tried).toMatchObject([{ code: 'GRYM_PROVIDER_RESTING' }]);
    expect(bench.breakers.view('first').failures).toBe(BREAKER_POLICY.threshold);
    expect(bench.executor.chooseProvider(step)?.provider).toBe('second');
  });

  test('half-open breaker', async () => {
    const bench = open();
    openBreaker(bench);
    await bench.clock.turn(BREAKER_POLICY.firstRestMs);
    expect(bench.breakers.view('first').state).toBe('half-open');
    await bench.execute(failing(failure), { attempts: 1 });
    const after = bench.breakers.view('first');
    if (counts) expect(after).toMatchObject({ state: 'open', restLeftMs: 2 * BREAKER_POLICY.firstRestMs });
    else expect(after).toMatchObject({ state: 'half-open', failures: BREAKER_POLICY.threshold });
  });

  test('breaker across a restart', async () => {
    const bench = open();
    await bench.execute(failing(failure), { attempts: 1 });
    bench.restart();
    expect(bench.breakers.view('first').failures).toBe(counts ? 1 : 0);
    for (let count = 1; count < BREAKER_POLICY.threshold; count += 1) await bench.execute(failing(failure), { attempts: 1 });
    bench.restart();
    expect(bench.breakers.view('first')).toMatchObject(
      counts ? { state: 'open', restLeftMs: BREAKER_POLICY.firstRestMs } : { state: 'closed', failures: 0 },
    );
  });
});

// Those with a way of their own that need no more than being thrown; the others (leases, deadlines, breakers) are in executor.test.ts.
const THROWN = (Object.keys(RECOVERY_BY_CODE) as ErrorCode[]).filter((code) => !ELSEWHERE.has(code));

describe.each(THROWN)('%s goes its own way', (code) => {
  const { kind } = ERROR_CATALOGUE[code];
  const policy = recoveryPolicy(code, kind);
  const step = testStep(() => Promise.reject(new GrymError<ErrorCode>(code, {} as ErrorDetails<ErrorCode>)), { canShrink: true });

  test('is tried as often as the table says', async () => {
    const bench = open();
    expect(await bench.execute(step)).toMatchObject({ kind: 'failed', error: { code } });
    expect(bench.tried).toHaveLength(policy.attempts + policy.waitsMs.length);
    expect(bench.breakers.view('first').failures).toBe(policy.breaker === 'counts' ? policy.attempts : 0);
  });

  test('asks where the table says', async () => {
    expect((await open().execute(step, { mayAsk: true })).kind).toBe(policy.procedures.includes('ask') ? 'ask' : 'failed');
  });
});

test('a capability that went away is waited for, and used when it is back', async () => {
  const bench = open([]);
  const withdraw = bench.capabilities.register(CAPABILITY, { provider: 'first', version: '1' });
  const order = bench.order(testStep(() => Promise.resolve({ sound: 'whole' })));
  withdraw();
  const running = bench.executor.execute(order);
  await bench.clock.turn(14_000);
  expect(bench.tried).toMatchObject([{ code: 'GRYM_CAPABILITY_UNAVAILABLE' }]);
  bench.capabilities.register(CAPABILITY, { provider: 'second', version: '1' });
  expect(await bench.clock.turnUntil(running)).toMatchObject({ kind: 'done', provider: { provider: 'second' } });
});

/** By failures that nobody doubts. */
function openBreaker(bench: ExecutorBench): void {
  const error = new GrymError('GRYM_GENERATOR_FAILED', { reason: 'out of tune' });
  for (let count = 0; count < BREAKER_POLICY.threshold; count += 1) bench.breakers.admit('first')?.failed(error);
}

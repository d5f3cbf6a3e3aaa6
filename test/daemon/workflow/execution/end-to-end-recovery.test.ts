import { recoveryPolicy } from '../../../../daemon/recovery/index.js';
import type { RunDetail, StepRecord } from '../../../../daemon/workflow/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { EndToEndBench } from './end-to-end-bench.js';
import { testStep, type Attempt } from './executor-bench.js';
import { REAL_FAILURES, SCHEMA_BREAKING_ANSWER, UNWRITABLE_LIBRARY, type RealFailure } from './real-failures.js';

// The rows of docs/reference/recovery.md once more, through the engine and its journal.
const folder = temporaryFolders();
const benches: EndToEndBench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((bench) => bench.close()));
});

async function open(failure: RealFailure, fails: (attempt: Attempt) => boolean, providers?: readonly string[]): Promise<EndToEndBench> {
  const act = (attempt: Attempt): Promise<unknown> => (fails(attempt) ? failure.act(attempt) : Promise.resolve({ sound: 'whole' }));
  const step = testStep(act, { ...failure.options, canShrink: true });
  const bench = new EndToEndBench(folder(), { step, ...(providers && { providers }) });
  benches.push(bench);
  await bench.workflow.start();
  return bench;
}

function make(detail: RunDetail): StepRecord {
  const step = detail.steps.find(({ path }) => path === 'make');
  if (step === undefined) throw new Error('the step was never begun');
  return step;
}

const NAMED = [...REAL_FAILURES, SCHEMA_BREAKING_ANSWER, UNWRITABLE_LIBRARY].map(
  (failure) => [failure.kind, failure.name, failure] as const,
);

describe.each(NAMED)('%s: %s', (kind, _name, failure) => {
  const policy = recoveryPolicy(failure.code, kind);
  const procedures: readonly string[] = policy.procedures;
  const withoutHelp = policy.attempts + policy.waitsMs.length;

  test('ends the run as the table says; the journal says what failed, what was tried and what can be done', async () => {
    const bench = await open(failure, () => true);
    const detail = await bench.run({ make: `attempts: ${policy.attempts}`, size: 1 });
    expect(detail.state).toBe(policy.end);
    expect(bench.passes).toEqual(['before']);
    if (policy.end === 'cancelled') return;
    expect(detail).toMatchObject({ outputs: null, error: { kind, code: failure.code }, retries: policy.attempts - 1 });
    const step = make(detail);
    expect(step).toMatchObject({ state: 'failed', attempts: policy.attempts, error: { code: failure.code } });
    expect(step.tried).toHaveLength(policy.attempts);
    expect(detail.problem?.what).toMatch(/^"Recovery trial" failed in the step "make-sound" \(make\): /);
    expect(detail.problem?.tried).toEqual(step.tried.map(({ words }) => words));
    expect(detail.problem?.next.map(({ command }) => command)).toContainEqual(
      expect.stringMatching(new RegExp(`^grym rerun ${detail.runId} --from make`)),
    );
  });

  test('is gone when the step is run again: what came before it is kept', async () => {
    let isBroken = true;
    const bench = await open(failure, () => isBroken);
    const failed = await bench.run({ make: 'attempts: 1', size: 1 });
    isBroken = false;
    const again = await bench.settled(bench.workflow.rerun({ runId: failed.runId, from: 'make' }));
    expect(again).toMatchObject({ state: 'done', rerunOf: failed.runId, problem: null });
    expect(bench.passes).toEqual(['before', 'after']);
  });

  test('that passes by itself leaves a run that is done, with its retries journalled', async () => {
    const bench = await open(failure, ({ attempt }) => attempt < withoutHelp);
    const detail = await bench.run({ size: 1 });
    expect(detail.state).toBe(withoutHelp > 1 || policy.attempts === 1 ? 'done' : policy.end);
    expect(make(detail)).toMatchObject({ state: 'done', attempts: withoutHelp });
    expect(detail.retries).toBe(withoutHelp - 1);
    expect(bench.passes).toEqual(['before', 'after']);
  });

  test('other provider', async () => {
    const bench = await open(failure, ({ provider }) => provider === 'first', ['first', 'second']);
    const detail = await bench.run({ size: 1 });
    if (procedures.includes('other-provider')) expect(make(detail)).toMatchObject({ state: 'done', provider: 'second' });
    else expect(detail.state).toBe(policy.end);
  });

  test('smaller settings', async () => {
    const bench = await open(failure, ({ size }) => size > 4);
    const detail = await bench.run();
    if (procedures.includes('smaller-settings')) expect(make(detail)).toMatchObject({ state: 'done', input: { size: 4 } });
    else expect(detail.state).toBe(policy.end);
  });

  test('ask: the question survives a restart, and the answer goes on', async () => {
    let isBroken = true;
    const bench = await open(failure, () => isBroken);
    const stuck = await bench.run({ make: `attempts: 1`, whenStuck: 'ask' });
    if (!procedures.includes('ask')) {
      expect(stuck.state).toBe(policy.end);
      return;
    }
    expect(stuck).toMatchObject({ state: 'waiting-for-decision', waitingFor: { kind: 'decision', path: 'make' }, endedAtMs: null });
    expect(stuck.problem?.what).toMatch(/^"Recovery trial" waits for an answer in the step "make-sound" \(make\): /);
    expect(stuck.problem?.tried).toHaveLength(1);
    expect(stuck.problem?.next[0]?.command).toBe(`grym decide ${stuck.runId} retry --path make`);
    await bench.restart(3 * 86_400_000);
    expect(bench.workflow.get(stuck.runId)).toMatchObject({ state: 'waiting-for-decision' });
    isBroken = false;
    const finished = new Promise<void>((resolve) => {
      bench.workflow.onEvent(({ run }) => run.endedAtMs !== null && resolve());
    });
    bench.workflow.decide(stuck.runId, 'make', ['retry']);
    await bench.clock.turnUntil(finished);
    const detail = bench.workflow.detail(stuck.runId);
    expect(detail.state).toBe('done');
    expect(make(detail)).toMatchObject({ attempts: 2, tried: [{ attempt: 1, code: failure.code }] });
    expect(bench.passes).toEqual(['before', 'after']);
  });

  test('onFailure: continue goes on without the result', async () => {
    const bench = await open(failure, () => true);
    const detail = await bench.run({ make: 'onFailure: continue\n    attempts: 1', size: 1 });
    if (policy.end === 'cancelled') {
      expect(detail.state).toBe('cancelled');
      return;
    }
    expect(detail).toMatchObject({ state: 'done', outputs: { passes: 2 } });
    expect(make(detail).state).toBe('failed');
    expect(detail.notes.join(' ')).toContain('make');
  });

  test('breaker: open after failures in a row, kept over a restart, half-open after its rest', async () => {
    let isBroken = true;
    const used: (string | null)[] = [];
    const fails = ({ provider }: Attempt): boolean => (used.push(provider), isBroken && provider === 'first');
    const bench = await open(failure, fails);
    for (let count = 0; count < 5; count += 1) await bench.run({ make: 'attempts: 1', size: 1 });
    await bench.restart(1_000, { providers: ['first', 'second'] });
    used.length = 0;
    isBroken = false;
    // Only what counts has opened it; then the other one is used until the first has rested.
    const expected = policy.breaker === 'counts' ? 'second' : 'first';
    expect(make(await bench.run({ size: 1 }))).toMatchObject({ state: 'done', provider: expected });
    await bench.clock.turn(30_000);
    expect(make(await bench.run({ size: 1 }))).toMatchObject({ state: 'done', provider: 'first' });
    expect(used).toEqual([expected, 'first']);
  });
});

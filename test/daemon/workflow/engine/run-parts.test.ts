import { GrymError } from '../../../../daemon/kernel/index.js';
import { SlotJournal } from '../../../../daemon/workflow/slot-journal.js';
import type { RunRecord, RunState } from '../../../../daemon/workflow/index.js';
import { FakeClock, ScriptedPlanner, scriptedPlan, temporaryFolders } from '../../doubles/index.js';
import { handsOn, openAsk, type AskBench } from './ask-bench.js';
import { gate, stateOf, untilCalled } from './engine-bench.js';

const folder = temporaryFolders();
let data: string;
let bench: AskBench;
beforeEach(() => {
  data = folder();
});
afterEach(() => bench.close());

const ASKING = '  - { id: question, use: ask }\n';
const PATIENT = `
  - { id: before, use: work }
  - id: carry-out
    use: carry-out-plan
    with: { document: '\${ inputs.document }' }
outputs:
  outcome: \${ steps.carry-out.outcome }
  summary: \${ steps.carry-out.summary }
`;
const head = 'inputs:\n  document: { type: text, help: A plan. }\n';

async function open(steps = handsOn('one'), options: Parameters<typeof openAsk>[2] = {}): Promise<void> {
  bench = openAsk(data, [new ScriptedPlanner({ plans: [scriptedPlan(steps)] })], options);
  await bench.start();
}

function carryOut(steps: string, request: Parameters<AskBench['run']>[1] = {}) {
  const handle = bench.run(PATIENT, { head, inputs: { document: scriptedPlan(steps).document }, ...request });
  handle.finished.catch(() => undefined);
  handle.settled.catch(() => undefined);
  return handle;
}

function untilState(runId: string, state: RunState): Promise<RunRecord> {
  if (stateOf(bench, runId) === state) return Promise.resolve(bench.workflow.get(runId));
  return new Promise((resolve) => bench.workflow.onEvent(({ run }) => run.runId === runId && run.state === state && resolve(run)));
}

test('a run that waits for its part holds no place: with one place, both and others come to their end', async () => {
  await open();
  const first = carryOut(handsOn('one'));
  const second = carryOut(handsOn('two'));
  const other = bench.run(handsOn('three'));
  await expect(Promise.all([first, second, other].map(({ finished }) => finished))).resolves.toHaveLength(3);
});

test('the part has bridge, priority, deadline and seed of the whole', async () => {
  await open();
  bench.bridges.connect('b1', 'Bass');
  const deadlineAtMs = Date.now() + 60_000;
  const { runId, finished } = carryOut(handsOn('one'), { bridge: 'Bass', priority: 7, seed: 99, deadlineAtMs });
  await finished;
  expect(bench.parts(runId)).toMatchObject([{ bridgeId: 'b1', priority: 7, seed: 99, deadlineAtMs }]);
});

test('while its part waits for a person the whole does too, and the question can be answered through it', async () => {
  await open();
  const { runId, settled, finished } = carryOut(ASKING);
  const waiting = await settled;
  const [part] = bench.parts(runId);
  expect(waiting).toMatchObject({ state: 'waiting-for-decision', waitingFor: { kind: 'run', path: 'carry-out', runId: part?.runId } });
  bench.workflow.decide(runId, undefined, ['yes']);
  await expect(finished).resolves.toMatchObject({ state: 'done', outputs: { outcome: 'done' } });
});

test('over restarts nothing runs twice, and the whole goes on when its part has ended', async () => {
  await open();
  const { runId, settled } = carryOut(ASKING);
  await settled;
  const [part] = bench.parts(runId);
  for (let restart = 0; restart < 2; restart += 1) {
    await bench.close();
    await open();
    expect([stateOf(bench, runId), stateOf(bench, part?.runId ?? '')]).toEqual(['waiting-for-decision', 'waiting-for-decision']);
  }
  const ended = untilState(runId, 'done');
  bench.workflow.decide(part?.runId ?? '', undefined, ['no']);
  await ended;
  expect(bench.parts(runId)).toHaveLength(1);
  expect(bench.paths()).toEqual([]);
});

test('a part that ended without its whole hearing of it is found ended at the next start', async () => {
  await open();
  const { runId, settled } = carryOut(ASKING);
  await settled;
  const [part] = bench.parts(runId);
  await bench.close();
  const { openDatabase } = await import('../../../../daemon/storage/index.js');
  const database = openDatabase(`${data}/grym.sqlite`);
  database.run(`UPDATE runs SET state = 'done', outputs = '{}', ended_at_ms = 1 WHERE run_id = :runId`, { runId: part?.runId ?? '' });
  database.dispose();
  await open();
  await expect(untilState(runId, 'done')).resolves.toMatchObject({ outputs: { outcome: 'done' } });
});

test('cancelling the whole cancels its part, also while a step of that is carried out', async () => {
  await open();
  const stopping = gate();
  bench.behave = ({ path }, { signal }) => {
    if (path !== 'make') return;
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => (stopping.open(), reject(new Error('stopped')))));
  };
  const called = untilCalled(bench, 'make');
  const { runId, finished } = carryOut(handsOn('one'));
  const part = (await called).runId;
  expect(bench.workflow.cancel(runId)).toBe(true);
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  await stopping.opened;
  await untilState(part, 'cancelled');
});

test('who cancels the part wants no other plan: the whole is cancelled', async () => {
  await open();
  const { runId, settled, finished } = carryOut(ASKING);
  await settled;
  bench.workflow.cancel(bench.parts(runId)[0]?.runId ?? '');
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(stateOf(bench, runId)).toBe('cancelled');
});

test('a part whose whole is gone at a start is cancelled', async () => {
  await open();
  const { runId, settled } = carryOut(ASKING);
  await settled;
  const [part] = bench.parts(runId);
  await bench.close();
  const { openDatabase } = await import('../../../../daemon/storage/index.js');
  const database = openDatabase(`${data}/grym.sqlite`);
  database.run(`UPDATE runs SET state = 'failed', ended_at_ms = 1 WHERE run_id = :runId`, { runId });
  database.dispose();
  await open();
  await untilState(part?.runId ?? '', 'cancelled');
});

test('on time or not at all: past the deadline the whole fails, and so does its part', async () => {
  const clock = new FakeClock();
  await open(ASKING, { clock });
  const { runId, settled, finished } = carryOut(ASKING, { deadlineAtMs: clock.nowMs() + 10_000 });
  await clock.turnUntil(settled);
  const outcome = expect(finished).rejects.toMatchObject({ code: 'GRYM_RUN_DEADLINE' });
  await clock.turn(11_000);
  await outcome;
  expect(['failed', 'cancelled']).toContain(stateOf(bench, bench.parts(runId)[0]?.runId ?? ''));
});

test('a run is kept as long as the run that it is part of, and goes with it', async () => {
  await open(handsOn('one'), { finishedRunsKept: 2 });
  const whole = carryOut(handsOn('one'));
  await whole.finished;
  await bench.run(handsOn('other')).finished;
  expect(bench.workflow.list().map(({ partOf }) => partOf)).toEqual([null, whole.runId, null]);
  await bench.run(handsOn('third')).finished;
  expect(bench.workflow.list().map(({ runId }) => runId)).not.toContain(whole.runId);
  expect(bench.workflow.list().map(({ partOf }) => partOf)).toEqual([null, null]);
});

test('while the disk is full nothing begins, and when there is room the plan is carried out once', async () => {
  const clock = new FakeClock();
  await open(handsOn('one'), { clock });
  const { database } = bench;
  const { get } = database;
  let isFull = true;
  database.get = (sql, parameters) => {
    if (isFull && sql.includes('INSERT INTO runs') && typeof parameters?.['partOf'] === 'string') {
      throw new GrymError('GRYM_LIBRARY_UNWRITABLE', { path: 'journal', reason: 'it is full' });
    }
    return get.call(database, sql, parameters);
  };
  const { runId } = carryOut(handsOn('one'));
  await clock.turn(5_000);
  expect([stateOf(bench, runId), bench.parts(runId)]).toEqual(['running', []]);
  isFull = false;
  await clock.turn(5_000);
  expect([stateOf(bench, runId), bench.parts(runId).length]).toEqual(['done', 1]);
  expect(bench.paths().filter((path) => path === 'make')).toHaveLength(1);
});

test('the slot is that of the latest wish, whenever the run that carries a plan out began', async () => {
  await open();
  bench.bridges.connect('b1', 'Bass');
  const asked = carryOut(ASKING, { bridge: 'Bass' });
  await asked.settled;
  const later = bench.run(handsOn('later'), { bridge: 'Bass' });
  await later.finished;
  const part = bench.parts(asked.runId)[0]?.runId ?? '';
  const slots = new SlotJournal(bench.database);
  const { revision } = slots.assign({ bridgeId: 'b1', slot: 3, hash: null, runId: later.runId, nowMs: 1 });
  expect([slots.isFilledByLaterRun('b1', 3, part), slots.isFilledByLaterRun('b1', 3, later.runId)]).toEqual([true, false]);
  slots.fail('b1', revision);
  slots.assign({ bridgeId: 'b1', slot: 3, hash: null, runId: part, nowMs: 1 });
  expect([slots.isFilledByLaterRun('b1', 3, later.runId), slots.isFilledByLaterRun('b1', 3, asked.runId)]).toEqual([false, true]);
});

test('parts are listed, and can be left out', async () => {
  await open();
  const { runId, finished } = carryOut(handsOn('one'));
  await finished;
  expect(bench.workflow.list()).toHaveLength(2);
  expect(bench.workflow.list({ onlyAskedFor: true })).toMatchObject([{ runId }]);
});

test('the whole shows how far its part is', async () => {
  await open();
  const seen: string[] = [];
  bench.workflow.onEvent(({ kind, run }) => kind === 'progress' && run.partOf === null && seen.push(run.stage));
  bench.behave = ({ path }, { progress }) => void (path === 'make' && progress(0.5, 'tuning the strings'));
  await carryOut(handsOn('one')).finished;
  expect(seen).toContain('tuning the strings');
});

test('run again from the step that carries out the plan, it is carried out anew', async () => {
  await open();
  const { runId, finished } = carryOut(handsOn('one'));
  await finished;
  const again = bench.workflow.rerun({ runId, from: 'carry-out' });
  await again.finished;
  const [first, second] = [bench.parts(runId), bench.parts(again.runId)];
  expect([first.length, second.length]).toEqual([1, 1]);
  expect(first[0]?.runId).not.toBe(second[0]?.runId);
});

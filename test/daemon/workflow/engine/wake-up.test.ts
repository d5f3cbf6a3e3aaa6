import { z } from 'zod';
import { GrymError } from '../../../../daemon/kernel/index.js';
import { defineStep } from '../../../../daemon/workflow/index.js';
import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { gate, openEngine, stateOf, type EngineBench } from './engine-bench.js';
import { knockingStep } from './knocking-step.js';

const folder = temporaryFolders();
const failing = gate();
let clock: FakeClock;
let bench: EngineBench;
beforeEach(async () => {
  clock = new FakeClock();
  const isThere = (): boolean => bench.bridges.list().some(({ connected }) => connected);
  const late = defineStep({
    ...{ name: 'late', help: 'Ends late.', version: 1, capability: null, idempotency: 'pure', cacheable: false },
    ...{ input: z.strictObject({}), output: z.strictObject({}), deadlineMs: 1_000_000 },
    cost: () => ({ threads: 1, memoryBytes: 0, seconds: 0 }),
    run: async () => {
      await failing.opened;
      return { kind: 'done', output: {} };
    },
  });
  bench = openEngine(folder(), { clock, steps: [knockingStep({ isThere, threads: 1 }), late] });
  await bench.start();
  await clock.turn(10_000);
});
afterEach(() => bench.close());

/** Until `room` is called, nothing that `refusal` has an error for can be journalled. */
function refuseWrites(refusal: (sql: string) => Error | null): { readonly room: () => void } {
  const { database } = bench;
  const { run } = database;
  let isFull = true;
  database.run = (sql, parameters) => {
    const error = isFull ? refusal(sql) : null;
    if (error !== null) throw error;
    return run.call(database, sql, parameters);
  };
  return { room: () => (isFull = false) };
}

test('a bridge that connects while the disk is full is not missed', async () => {
  const { runId, settled } = bench.run('  - { id: door, use: knock }\n');
  await expect(clock.turnUntil(settled)).resolves.toMatchObject({ state: 'waiting-for-bridge' });
  const disk = refuseWrites(() => new GrymError('GRYM_LIBRARY_UNWRITABLE', { path: 'journal', reason: 'it is full' }));
  bench.bridges.connect('b1', 'Bass');
  await clock.turn(100);
  expect(stateOf(bench, runId)).toBe('waiting-for-bridge');
  disk.room();
  await clock.turn(5_000);
  expect(stateOf(bench, runId)).toBe('done');
});

test('a woken step that waits for its turn is still woken after a turn of its run was rolled back', async () => {
  const branches = `
  - id: both
    parallel:
      branches:
        a: [{ id: door, use: knock }]
        b: [{ id: other, use: late, onFailure: continue }]
`;
  const { runId } = bench.run(branches);
  await clock.turn(1_000);
  bench.workflow.pauseQueue();
  bench.bridges.connect('b1', 'Bass');
  await clock.turn(100);
  // Only the end of the other branch cannot be journalled, and that as a failure can.
  let refusals = 0;
  const isEnd = (sql: string): boolean => sql.includes('SET state = :state, output') && (refusals += 1) <= 2;
  const disk = refuseWrites((sql) => (isEnd(sql) ? new Error('the database is locked') : null));
  failing.open();
  await clock.turn(100);
  disk.room();
  expect(refusals).toBeGreaterThan(2);
  bench.workflow.resumeQueue();
  await clock.turn(5_000);
  expect(stateOf(bench, runId)).toBe('done');
});

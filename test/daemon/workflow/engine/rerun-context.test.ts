import { temporaryFolders } from '../../doubles/index.js';
import { openEngine, type EngineBench } from './engine-bench.js';
import { z } from 'zod';
import { defineStep } from '../../../../daemon/workflow/index.js';

let bench: EngineBench;
const paced = defineStep({
  ...{ name: 'paced', help: 'Has a tempo.', version: 1, capability: null, idempotency: 'pure', cacheable: false, deadlineMs: 60_000 },
  input: z.strictObject({ tempoBpm: z.number().max(400).optional().describe('Tempo') }),
  output: z.strictObject({}),
  cost: () => ({ threads: 1, memoryBytes: 0, seconds: 1 }),
  run: () => Promise.resolve({ kind: 'done', output: {} }),
});
beforeEach(async () => {
  bench = openEngine(folder(), { steps: [paced] });
  await bench.start();
});
afterEach(() => bench.close());
// Removed after that: hooks run in the order they stand in.
const folder = temporaryFolders();

const head = `inputs:
  prompt: { type: text, default: bass, help: Words. }
  tempoBpm: { type: number, optional: true, help: Tempo. }
`;
const STEPS = '  - { id: first, use: work }\n  - { id: pace, use: paced, with: { tempoBpm: 90 } }\n';
function fieldOf(runId: string, field: string): unknown {
  const { workflow, submittedAtMs } = bench.workflow.get(runId);
  const found = bench.contexts.load({ runId, workflow, atMs: submittedAtMs }).view('')[field];
  return found === undefined ? null : { value: found.value, rank: found.rank };
}

test('a changed input is what the re-run was asked for, instead of the old one', async () => {
  const { runId } = await bench.run(STEPS, { head, inputs: { tempoBpm: 100 } }).finished;
  const again = await bench.workflow.rerun({ runId, from: 'pace', inputs: { tempoBpm: 170 } }).finished;
  expect(fieldOf(again.runId, 'tempoBpm')).toEqual({ value: 170, rank: 'request' });
  expect(fieldOf(runId, 'tempoBpm')).toEqual({ value: 100, rank: 'request' });
});

test('what the words of a changed prompt state counts, and what was stated before and stays, stays', async () => {
  const { runId } = await bench.run(STEPS, { head, inputs: { prompt: 'bass at 100 bpm' } }).finished;
  const again = await bench.workflow.rerun({ runId, from: 'pace', inputs: { prompt: 'bass at 150 bpm' } }).finished;
  expect(fieldOf(again.runId, 'tempoBpm')).toEqual({ value: 150, rank: 'request' });
});

test('without other inputs the request is taken over as it was', async () => {
  const { runId } = await bench.run(STEPS, { head, inputs: { tempoBpm: 100 } }).finished;
  const again = await bench.workflow.rerun({ runId, from: 'pace' }).finished;
  expect(fieldOf(again.runId, 'tempoBpm')).toEqual({ value: 100, rank: 'request' });
});

test('a parameter that was set for a step is a request too', async () => {
  const { runId } = await bench.run(STEPS, { head, inputs: { tempoBpm: 100 } }).finished;
  const again = await bench.workflow.rerun({ runId, from: 'pace', params: { tempoBpm: 120 } }).finished;
  expect(fieldOf(again.runId, 'tempoBpm')).toEqual({ value: 120, rank: 'request' });
});

import { z } from 'zod';
import { defineStep } from '../../../../daemon/workflow/index.js';
import { temporaryFolders } from '../../doubles/index.js';
import { openWorkbench } from '../workbench.js';
import { openEngine } from './engine-bench.js';

const folder = temporaryFolders();

test('another configured sample rate makes another clip, although the workflow says none', async () => {
  const data = folder();
  const text =
    'workflow: test\nversion: 1\ntitle: T\nhelp: A test.\nsteps:\n  - id: g\n    use: generate\n    with: { prompt: a bass, seed: 3 }\n';
  const made: unknown[] = [];
  for (const sampleRate of [48_000, 96_000, 48_000]) {
    const bench = openWorkbench(data, { sampleRate });
    await bench.workflow.start();
    const { runId } = await bench.workflow.run({ workflow: { text, fileName: 't.yaml' }, inputs: {} }).finished;
    const [step] = bench.workflow.detail(runId).steps;
    made.push([step?.input['sampleRate'], (step?.output as { facts: { sampleRate: number } }).facts.sampleRate, step?.cachedFrom === null]);
    await bench.close();
  }
  expect(made).toEqual([
    [48_000, 48_000, true],
    [96_000, 96_000, true],
    [48_000, 48_000, false],
  ]);
});

test('a result is not served from the cache where another provider is there for what the step makes use of', async () => {
  let ran = 0;
  const user = defineStep({
    ...{ name: 'user', help: 'Uses a role.', version: 1, capability: 'test.own', uses: ['test.used'], idempotency: 'pure' },
    ...{ cacheable: true, deadlineMs: 60_000 },
    input: z.strictObject({}),
    output: z.strictObject({ ran: z.int().describe('How often') }),
    cost: () => ({ threads: 1, memoryBytes: 0, seconds: 1 }),
    run: () => Promise.resolve({ kind: 'done', output: { ran: (ran += 1) } }),
  });
  const bench = openEngine(folder(), { steps: [user] });
  await bench.start();
  bench.capabilities.register('test.own', { provider: 'own', version: '1' });
  const withdraw = bench.capabilities.register('test.used', { provider: 'used', version: '1' });
  const run = (): Promise<unknown> => bench.run('  - { id: a, use: user }\n').finished;
  await run();
  await run();
  expect(ran).toBe(1);
  withdraw();
  bench.capabilities.register('test.used', { provider: 'used', version: '2' });
  await run();
  expect(ran).toBe(2);
  await bench.close();
});

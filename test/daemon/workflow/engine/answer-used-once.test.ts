import { z } from 'zod';
import { GrymError } from '../../../../daemon/kernel/index.js';
import { defineStep, type AnyStepDefinition } from '../../../../daemon/workflow/index.js';
import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
const sizes: number[] = [];
let isFailing = true;
let bench: EngineBench;
afterEach(() => bench.close());

const shrinking: AnyStepDefinition = defineStep({
  ...{ name: 'shrinking', help: 'Can do with less.', version: 1, capability: null, idempotency: 'pure', cacheable: false },
  input: z.strictObject({ size: z.int().describe('What it takes') }),
  output: z.strictObject({}),
  deadlineMs: 3_600_000,
  cost: () => ({ threads: 1, memoryBytes: 0, seconds: 1 }),
  smaller: ({ size }) => (size > 1 ? { input: { size: size / 2 }, what: 'half of it' } : null),
  run: async ({ size }, _services, { signal }) => {
    sizes.push(size);
    if (isFailing) throw new GrymError('GRYM_LIBRARY_UNWRITABLE', { path: 'clips', reason: 'there is no space left' });
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  },
});

async function open(data: string): Promise<FakeClock> {
  const clock = new FakeClock();
  bench = openEngine(data, { clock, steps: [shrinking] });
  await bench.start();
  return clock;
}

test('smaller settings that a person chose once do not shrink again at each restart', async () => {
  const data = folder();
  const clock = await open(data);
  const { runId, settled } = bench.run('  - { id: make, use: shrinking, with: { size: 64 } }\n', { whenStuck: 'ask' });
  await clock.turnUntil(settled);
  isFailing = false;
  const failed = sizes.splice(0).at(-1) ?? 0;
  bench.workflow.decide(runId, undefined, ['smaller-settings']);
  await clock.turn(100);
  for (let restart = 0; restart < 3; restart += 1) {
    await bench.close();
    await (await open(data)).turn(100);
  }
  expect(sizes).toEqual([failed / 2, failed / 2, failed / 2, failed / 2]);
});

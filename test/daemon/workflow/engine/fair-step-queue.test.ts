import { FairStepQueue, type QueuedStep } from '../../../../daemon/workflow/queue/index.js';
import { processorMs } from '../../doubles/processor-time.js';

let sequence = 0;
function step(flow: string, facts: Partial<QueuedStep> = {}): QueuedStep {
  sequence += 1;
  return {
    runId: `${flow}${sequence}`,
    path: 's',
    flow,
    priority: 0,
    deadlineAtMs: null,
    runSequence: sequence,
    position: '0',
    cost: 1,
    ...facts,
  };
}

function drain(queue: FairStepQueue): QueuedStep[] {
  const taken: QueuedStep[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next);
  return taken;
}

test('flows with steps of equal cost alternate', () => {
  const queue = new FairStepQueue();
  for (let index = 0; index < 5; index += 1) queue.add(step('a'));
  for (let index = 0; index < 3; index += 1) queue.add(step('b'));
  const flows = drain(queue).map(({ flow }) => flow);
  expect(flows.join('')).toBe('abababaa');
});

test('shares are counted in cost: three cheap steps for one dear one', () => {
  const queue = new FairStepQueue();
  for (let index = 0; index < 4; index += 1) queue.add(step('dear', { cost: 3 }));
  for (let index = 0; index < 12; index += 1) queue.add(step('cheap', { cost: 1 }));
  const first = drain(queue).slice(0, 8);
  expect(first.filter(({ flow }) => flow === 'cheap')).toHaveLength(6);
});

test('a flow that was idle has saved nothing up', () => {
  const queue = new FairStepQueue();
  for (let index = 0; index < 6; index += 1) queue.add(step('a'));
  for (let index = 0; index < 4; index += 1) queue.take();
  for (let index = 0; index < 4; index += 1) queue.add(step('late'));
  const flows = drain(queue).map(({ flow }) => flow);
  expect(flows.slice(0, 4).filter((flow) => flow === 'a').length).toBeGreaterThanOrEqual(1);
});

test('within a flow: priority, deadline, acceptance, place in the graph', () => {
  const queue = new FairStepQueue();
  const wanted = [
    step('a', { priority: 2 }),
    step('a', { priority: 1, deadlineAtMs: 5 }),
    step('a', { priority: 1, deadlineAtMs: 6 }),
    step('a', { priority: 1, runSequence: 1, position: '0' }),
    step('a', { priority: 1, runSequence: 1, position: '1' }),
    step('a', { priority: 1, runSequence: 2 }),
    step('a', { priority: -1, deadlineAtMs: 1 }),
  ];
  for (const entry of [...wanted].reverse()) queue.add(entry);
  expect(drain(queue)).toEqual(wanted);
});

test('what is removed does not come, and the size says how many are left', () => {
  const queue = new FairStepQueue();
  const [one, two] = [step('a'), step('b')];
  queue.add(one);
  queue.add({ ...one, path: 't' });
  queue.add(two);
  expect(queue.size).toBe(3);
  queue.remove(one.runId);
  queue.remove('nobody');
  expect(queue.size).toBe(1);
  expect(queue.peek()).toEqual(two);
  expect(drain(queue)).toEqual([two]);
  expect(queue.size).toBe(0);
});

test('ten thousand steps go in and out in a moment', () => {
  const queue = new FairStepQueue();
  const start = processorMs();
  for (let index = 0; index < 10_000; index += 1) queue.add(step(`flow ${index % 20}`));
  expect(drain(queue)).toHaveLength(10_000);
  expect(processorMs() - start).toBeLessThan(2_000);
});

import { temporaryFolders, thrownBy } from '../doubles/index.js';
import { BRIDGE_A, openWorkbench, untilState } from './workbench.js';

const folder = temporaryFolders();

test('a shutdown leaves open runs in the journal, and the next start finishes them with the same result', async () => {
  const data = folder();
  const expected = await control(data);
  const first = openWorkbench(data);
  await first.workflow.start();
  first.generator.hook = () => new Promise(() => undefined);
  const running = first.workflow.submit({ prompt: 'bass', seed: 5 });
  const queued = first.workflow.submit({ prompt: 'lead', seed: 6 });
  await untilState(first.workflow, running.runId, 'running');
  await first.close();
  await expect(running.finished).rejects.toMatchObject({ code: 'GRYM_SHUTTING_DOWN' });
  await expect(queued.finished).rejects.toMatchObject({ code: 'GRYM_SHUTTING_DOWN' });
  expect(thrownBy(() => first.workflow.submit({ prompt: 'late' }))).toMatchObject({ code: 'GRYM_SHUTTING_DOWN' });

  const second = openWorkbench(data);
  expect(second.workflow.list({ state: 'open' })).toHaveLength(2);
  await second.workflow.start();
  expect(await untilState(second.workflow, running.runId, 'done')).toMatchObject({ clipHash: expected, resumptions: 1, seed: 5 });
  await untilState(second.workflow, queued.runId, 'done');
  await second.close();
});

async function control(data: string): Promise<string> {
  const bench = openWorkbench(`${data}/control`);
  await bench.workflow.start();
  const { clipHash } = await bench.workflow.submit({ prompt: 'bass', seed: 5 }).finished;
  await bench.close();
  return clipHash ?? '';
}

test('a run that waits for a bridge waits across restarts, and accepts a bridge that is known but away', async () => {
  const data = folder();
  const first = openWorkbench(data);
  await first.workflow.start();
  first.slots.report(BRIDGE_A, []);
  const handle = first.workflow.submit({ prompt: 'bass', target: { bridge: BRIDGE_A, slot: 2 } });
  await handle.settled;
  await first.close();

  const second = openWorkbench(data);
  await second.workflow.start();
  second.bridges.connect(BRIDGE_A);
  const run = await untilState(second.workflow, handle.runId, 'done');
  // The clip was made by the process before.
  expect(second.generator.calls).toBe(0);
  expect(run.explanation).toEqual([`“bass” is noise of seed ${run.seed}.`]);
  expect(second.bridges.deliveries).toEqual([{ bridgeId: BRIDGE_A, slot: 2, hash: run.clipHash, revision: 1 }]);
  await second.close();
});

test('with library-only a run does not wait for its bridge, once bridges have had time to come back', async () => {
  const bench = openWorkbench(folder());
  await bench.workflow.start();
  bench.slots.report(BRIDGE_A, []);
  const job = { prompt: 'bass', target: { bridge: BRIDGE_A, slot: 2 }, whenBridgeAbsent: 'library-only' as const };
  await expect(bench.workflow.submit(job).finished).resolves.toMatchObject({
    state: 'library-only',
    stage: 'in the library only: the bridge is not connected',
  });
  await bench.close();
});

test('a step that was interrupted too often is given up', async () => {
  const data = folder();
  let runId = '';
  for (let interruption = 1; interruption <= 3; interruption += 1) {
    const bench = openWorkbench(data, { maximumStepAttempts: 3 });
    bench.generator.hook = () => new Promise(() => undefined);
    await bench.workflow.start();
    if (runId === '') runId = bench.workflow.submit({ prompt: 'bass' }).runId;
    await untilState(bench.workflow, runId, 'running');
    // As a death leaves it: nothing more is journalled.
    bench.database.run = () => {
      throw new Error('the process is dead');
    };
    await bench.close();
  }
  const bench = openWorkbench(data, { maximumStepAttempts: 3 });
  await bench.workflow.start();
  const run = await untilState(bench.workflow, runId, 'failed');
  expect(run.error).toMatchObject({
    code: 'GRYM_RUN_EXHAUSTED',
    message: `The run ${runId} was interrupted 3 times in the step "generate" and is given up.`,
  });
  await bench.close();
});

// The process that the kill tests kill: a workflow on a real library, with bridges that outlive it in a file.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GenerateJob } from '../../../daemon/workflow/index.js';
import { FakeBridgeDirectory, type Delivery } from '../doubles/fake-bridge-directory.js';
import { FakeGenerator } from '../doubles/fake-generator.js';
import { BRIDGE_A, BRIDGE_B, openWorkbench } from './workbench.js';

const GENERATION_MS = 4;
const DELIVERY_MS = 2;
// Late enough that a run waits for it, on a busy machine too.
const LATE_BRIDGE_MS = 250;
const LATEST_BRIDGE_MS = 5_000;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function lastingBridges(folder: string): FakeBridgeDirectory {
  const bridges = new FakeBridgeDirectory();
  const file = join(folder, 'deliveries.jsonl');
  for (const [id, name] of [
    [BRIDGE_A, 'A'],
    [BRIDGE_B, 'B'],
  ] as const) {
    bridges.connect(id, name);
  }
  const past = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : [];
  for (const line of past) bridges.place(JSON.parse(line) as Delivery);
  bridges.disconnect(BRIDGE_B);
  bridges.hook = async (delivery) => {
    appendFileSync(file, `${JSON.stringify(delivery)}\n`);
    await pause(DELIVERY_MS);
  };
  return bridges;
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}

async function main(): Promise<void> {
  const [folder = '', jobsFile = ''] = process.argv.slice(2);
  const jobs = JSON.parse(readFileSync(jobsFile, 'utf8')) as GenerateJob[];
  const generator = new FakeGenerator();
  generator.hook = () => pause(GENERATION_MS);
  const bridges = lastingBridges(folder);
  const bench = openWorkbench(folder, { bridges, generator, concurrentRuns: 2, maximumWaitingRuns: 1_000, maximumStepAttempts: 1_000 });
  await bench.library.reconcile();
  await bench.workflow.start();
  // Late enough for a run to wait for it, however busy the machine is; and at last in any case.
  const connectLate = once(() => setTimeout(() => bridges.connect(BRIDGE_B), LATE_BRIDGE_MS));
  setTimeout(connectLate, LATEST_BRIDGE_MS);
  process.stdout.write('ready\n');
  for (const job of jobs) {
    bench.workflow.submit(job);
    process.stdout.write(`accepted ${String(job.requestKey)}\n`);
  }
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (bench.workflow.list({ state: 'waiting-for-bridge', limit: 1 }).length > 0) connectLate();
      if (bench.workflow.list({ state: 'open', limit: 1 }).length === 0) resolve();
    };
    bench.workflow.onEvent(look);
    look();
  });
  await bench.close();
  process.stdout.write('finished\n');
  process.exit(0);
}

await main();

// The process that is killed. Loads its modules, reads from standard input what to do, and does it.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CampaignDriver } from '../../daemon/workflow/campaign-steps/campaign-driver.js';
import { openCampaignBench } from '../../daemon/workflow/campaign-steps/campaign-bench.js';
import { FakeBridgeDirectory, type Delivery } from '../../daemon/doubles/fake-bridge-directory.js';
import { BRIDGE_A, BRIDGE_B } from '../../daemon/workflow/workbench.js';
import { DELIVERIES_FILE, type ChildOrder } from './crash-trial.js';

const DELIVERY_MS = 2;
const LATE_BRIDGE_MS = 40;
const CONCURRENT_RUNS = 4;
const OPEN_AT_ONCE = 40;
const PAUSED_AFTER = [4, 9];
const PAUSE_MS = 5;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function lastingBridges(folder: string): FakeBridgeDirectory {
  const bridges = new FakeBridgeDirectory();
  const file = join(folder, DELIVERIES_FILE);
  bridges.connect(BRIDGE_A, 'A');
  bridges.connect(BRIDGE_B, 'B');
  const past = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : [];
  for (const line of past) bridges.place(JSON.parse(line) as Delivery);
  bridges.disconnect(BRIDGE_B);
  bridges.hook = async (delivery) => {
    appendFileSync(file, `${JSON.stringify(delivery)}\n`);
    await pause(DELIVERY_MS);
  };
  return bridges;
}

const { folder, requests, failpoints, finishedRunsKept, cancelled } = JSON.parse(readFileSync(0, 'utf8')) as ChildOrder;
process.env['GRYM_FAILPOINTS'] = failpoints;
process.stdout.write('begun\n');
const bridges = lastingBridges(folder);
const kept = finishedRunsKept === null ? {} : { finishedRunsKept };
const bench = await openCampaignBench(folder, { bridges, concurrentRuns: CONCURRENT_RUNS, ...kept });
const { workflow } = bench;
await bench.start();
// An earlier process may have been killed while the queue was paused.
if (workflow.queueState().paused) workflow.resumeQueue();
setTimeout(() => bridges.connect(BRIDGE_B), LATE_BRIDGE_MS);
const isOpen = 'SELECT 1 FROM runs WHERE request_key = :key AND ended_at_ms IS NULL';
for (const key of cancelled) if (bench.database.get(isOpen, { key }) !== undefined) process.stdout.write(`uncancelled ${key}\n`);
const driver = new CampaignDriver(workflow, {
  accepted: (key) => process.stdout.write(`accepted ${key}\n`),
  cancelled: (key) => process.stdout.write(`cancelled ${key}\n`),
});
for (const [index, request] of requests.entries()) {
  await driver.untilOpen(OPEN_AT_ONCE - 1);
  driver.request(request);
  if (!PAUSED_AFTER.includes(index)) continue;
  workflow.pauseQueue();
  setTimeout(() => workflow.resumeQueue(), PAUSE_MS);
}
await driver.untilOpen(0);
await bench.reconciled();
await bench.close();
process.stdout.write('finished\n');
process.exit(0);

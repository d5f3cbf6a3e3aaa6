// node --import tsx crash-child.ts FOLDER REQUESTS.json: the process that is killed.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CampaignDriver } from '../../daemon/workflow/campaign-steps/campaign-driver.js';
import type { CampaignRequest } from '../../daemon/workflow/campaign-steps/campaign-requests.js';
import { openCampaignBench } from '../../daemon/workflow/campaign-steps/campaign-bench.js';
import { FakeBridgeDirectory, type Delivery } from '../../daemon/doubles/fake-bridge-directory.js';
import { BRIDGE_A, BRIDGE_B } from '../../daemon/workflow/workbench.js';
import { DELIVERIES_FILE } from './crash-trial.js';

const DELIVERY_MS = 2;
const LATE_BRIDGE_MS = 40;
const CONCURRENT_RUNS = 4;

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

process.stdout.write('booted\n');
const [folder = '', requestsFile = ''] = process.argv.slice(2);
const requests = JSON.parse(readFileSync(requestsFile, 'utf8')) as CampaignRequest[];
const bridges = lastingBridges(folder);
const bench = await openCampaignBench(folder, { bridges, concurrentRuns: CONCURRENT_RUNS });
await bench.start();
process.stdout.write('ready\n');
setTimeout(() => bridges.connect(BRIDGE_B), LATE_BRIDGE_MS);
const driver = new CampaignDriver(bench.workflow, (key) => process.stdout.write(`accepted ${key}\n`));
for (const request of requests) driver.request(request);
await driver.untilEnded();
await bench.close();
process.stdout.write('finished\n');
process.exit(0);

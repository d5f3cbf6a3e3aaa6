// Opens the journal that a killed process left, takes its open runs up, says how long that took, and is killed.
// Started by recovery-bench.ts with: FOLDER.
import { FakeBridgeDirectory } from '../../daemon/doubles/fake-bridge-directory.js';
import { FakeGenerator } from '../../daemon/doubles/fake-generator.js';
import { openCampaignBench } from '../../daemon/workflow/campaign-steps/campaign-bench.js';
import { BRIDGE_A, BRIDGE_B } from '../../daemon/workflow/workbench.js';

const MORE_THAN_ANY = 1_000_000;

const [folder = ''] = process.argv.slice(2);
const generator = new FakeGenerator();
// The runs that are taken up stay open, so that the next opening finds as many.
generator.hook = () => new Promise(() => undefined);
const bridges = new FakeBridgeDirectory();
bridges.connect(BRIDGE_A, 'A');
bridges.connect(BRIDGE_B, 'B');
bridges.disconnect(BRIDGE_A);
bridges.disconnect(BRIDGE_B);
const begun = performance.now();
const bench = await openCampaignBench(folder, {
  ...{ generator, bridges, concurrentRuns: 8, finishedRunsKept: MORE_THAN_ANY, maximumWaitingRuns: MORE_THAN_ANY },
});
const opened = performance.now();
await bench.start();
const ready = performance.now();
const open = bench.workflow.list({ state: 'open', limit: MORE_THAN_ANY }).length;
const runs = bench.workflow.list({ limit: MORE_THAN_ANY }).length;
process.stdout.write(`${JSON.stringify({ openMs: opened - begun, readyMs: ready - begun, open, runs })}\n`, () =>
  process.kill(process.pid, 'SIGKILL'),
);

// A data folder with many runs of the built-in workflow `generate`, some of them open, left as by a daemon that was killed.
// Started by recovery-bench.ts with: FOLDER RUNS OPEN.
import { FakeBridgeDirectory } from '../../daemon/doubles/fake-bridge-directory.js';
import { FakeGenerator } from '../../daemon/doubles/fake-generator.js';
import { openCampaignBench } from '../../daemon/workflow/campaign-steps/campaign-bench.js';
import { BRIDGE_A } from '../../daemon/workflow/workbench.js';

const AT_ONCE = 8;
const MORE_THAN_ANY = 1_000_000;

const [folder = '', runsText = '', openText = ''] = process.argv.slice(2);
const open = Number(openText);
const ended = Number(runsText) - open;
const generator = new FakeGenerator();
const bridges = new FakeBridgeDirectory();
bridges.connect(BRIDGE_A, 'A');
const bench = await openCampaignBench(folder, {
  ...{ generator, bridges, concurrentRuns: AT_ONCE, finishedRunsKept: MORE_THAN_ANY, maximumWaitingRuns: MORE_THAN_ANY },
});
await bench.start();
bench.slots.report(BRIDGE_A, []);

let seed = 0;
const worker = async (): Promise<void> => {
  while (seed < ended) {
    seed += 1;
    if (seed % 100 === 0) process.stdout.write(`${seed}\n`);
    await bench.workflow.submit({ prompt: `bass loop number ${seed}`, seed }).finished;
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, worker));

// A fourth of the open runs has its clip and waits for its bridge, the others are under way or wait for their turn.
bridges.disconnect(BRIDGE_A);
const waiting = Math.floor(open / 4);
for (let index = 0; index < waiting; index += 1) {
  await bench.workflow.submit({ prompt: `waiting number ${index}`, target: { bridge: BRIDGE_A, slot: index % 16 } }).settled;
}
generator.hook = () => new Promise(() => undefined);
for (let index = waiting; index < open; index += 1) bench.workflow.submit({ prompt: `open number ${index}` });
process.kill(process.pid, 'SIGKILL');

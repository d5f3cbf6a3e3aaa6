// A data folder with many runs of the built-in workflow `generate`, some of them open, left as by a daemon that was killed.
// Started by recovery-bench.ts with: FOLDER RUNS OPEN.
import { SLOT_COUNT } from '../../../protocol/index.js';
import { FakeBridgeDirectory } from '../../daemon/doubles/fake-bridge-directory.js';
import { FakeGenerator } from '../../daemon/doubles/fake-generator.js';
import { openCampaignBench } from '../../daemon/workflow/campaign-steps/campaign-bench.js';
import { BRIDGE_A, BRIDGE_B } from '../../daemon/workflow/workbench.js';

const AT_ONCE = 8;
const MORE_THAN_ANY = 1_000_000;

const [folder = '', runsText = '', openText = ''] = process.argv.slice(2);
const open = Number(openText);
const ended = Number(runsText) - open;
const generator = new FakeGenerator();
const bridges = new FakeBridgeDirectory();
bridges.connect(BRIDGE_A, 'A');
bridges.connect(BRIDGE_B, 'B');
const bench = await openCampaignBench(folder, {
  ...{ generator, bridges, concurrentRuns: AT_ONCE, finishedRunsKept: MORE_THAN_ANY, maximumWaitingRuns: MORE_THAN_ANY },
});
await bench.start();
for (const bridge of [BRIDGE_A, BRIDGE_B]) bench.slots.report(bridge, []);

let seed = 0;
const worker = async (): Promise<void> => {
  while (seed < ended) {
    seed += 1;
    if (seed % 100 === 0) process.stdout.write(`${seed}\n`);
    await bench.workflow.submit({ prompt: `bass loop number ${seed}`, seed }).finished;
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, worker));

// Some of the open runs have their clips and wait for their bridges, one for each slot; the others are under way or wait for their turn.
bridges.disconnect(BRIDGE_A);
bridges.disconnect(BRIDGE_B);
const waiting = Math.min(SLOT_COUNT * 2, Math.floor(open / 4));
for (let index = 0; index < waiting; index += 1) {
  const target = { bridge: index < SLOT_COUNT ? BRIDGE_A : BRIDGE_B, slot: index % SLOT_COUNT };
  await bench.workflow.submit({ prompt: `waiting number ${index}`, target }).settled;
}
generator.hook = () => new Promise(() => undefined);
for (let index = waiting; index < open; index += 1) bench.workflow.submit({ prompt: `open number ${index}` });
process.kill(process.pid, 'SIGKILL');

// grym-synth's engine as the daemon puts it together: journal with synchronous=FULL, context, executor with leases and deadlines.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCampaignBench } from '../../daemon/workflow/campaign-steps/campaign-bench.js';
import { serveContender } from './contender.js';

function chain(steps: number): string {
  const nodes = Array.from({ length: steps }, (_, step) => `  - id: step-${step}\n    use: no-op\n`);
  return `workflow: chain-${steps}\nversion: 1\ntitle: A chain\nhelp: Steps that do nothing.\nsteps:\n${nodes.join('')}`;
}

await serveContender(async (folder) => {
  const workflowFolder = join(folder, 'workflows');
  mkdirSync(workflowFolder);
  let startedAtMs: number[] = [];
  const ground = { folder, executed: () => void startedAtMs.push(performance.now()), committed: () => undefined };
  const bench = await openCampaignBench(join(folder, 'data'), { ground, workflowFolder });
  await bench.start();
  const written = new Set<number>();
  return {
    async round(steps) {
      if (!written.has(steps)) {
        writeFileSync(join(workflowFolder, `chain-${steps}.yaml`), chain(steps));
        bench.workflow.reloadWorkflows();
        written.add(steps);
      }
      startedAtMs = [];
      const begun = performance.now();
      await bench.workflow.run({ workflow: `chain-${steps}`, inputs: {} }).finished;
      return { startedAtMs, wholeMs: performance.now() - begun };
    },
    close: () => bench.close(),
  };
});

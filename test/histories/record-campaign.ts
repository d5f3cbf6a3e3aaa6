import { openCampaignBench } from '../daemon/workflow/campaign-steps/campaign-bench.js';
import { campaignRound } from '../daemon/workflow/campaign-steps/campaign-requests.js';
import { CHILD, Children } from '../faults/crash/crash-trial.js';
import { CompiledPrograms } from '../faults/support/compiled-programs.js';
import type { RecordedHistory } from './recorded.js';

/** What each run of a round is an example of. */
const EXAMPLES: Readonly<Record<string, { name: string; about: string }>> = {
  chain: { name: 'chain-success', about: 'A chain of steps, each with the result of the one before; facts for the context.' },
  candidates: { name: 'candidates-success', about: 'Parallel candidates, each with facts of its own.' },
  loop: { name: 'loop-success', about: 'A bounded loop, until a result is good.' },
  nested: { name: 'nested-success', about: 'Two branches by name, each another workflow.' },
  decision: { name: 'decision-success', about: 'A question to a person, and the way that was chosen.' },
  retries: { name: 'retries-success', about: 'Steps that failed at first and were tried again.' },
  failing: { name: 'failing-failure', about: 'A failure that the workflow forgives, and one that ends it.' },
  cached: { name: 'cached-success', about: 'Steps whose results may come from the cache.' },
  memory: { name: 'memory-success', about: 'Parallel steps with leases.' },
  cancelled: { name: 'chain-cancelled', about: 'Cancelled in the middle.' },
  plan: { name: 'plan-success', about: 'A plan that was carried out as a run that is part of this one.' },
  'plan-stopped': { name: 'plan-stopped', about: 'Cancelled while its plan was carried out.' },
  stopped: { name: 'chain-stopped', about: 'Cancelled while a step was carried out.' },
  'slot-a': { name: 'slot-success', about: 'A clip that was generated and delivered to a slot.' },
  'slot-b': { name: 'slot-waited-success', about: 'A clip whose bridge was away when it was to be delivered.' },
  rerun: { name: 'chain-rerun', about: 'The chain run again from its last step with another parameter.' },
};

// Late enough that every run is under way, early enough that hardly one has ended.
const KILL = 'step.committed=kill@25';

/** A round of campaign workflows in a process of its own; with `killed` in two, of which the first was killed. */
export async function recordCampaign(folder: string, killed: boolean): Promise<Map<string, RecordedHistory>> {
  const programs = new CompiledPrograms();
  const children = new Children(programs.program(CHILD));
  try {
    const requests = campaignRound(0);
    if (killed && !(await children.run(folder, requests, { failpoint: KILL })).killed) throw new Error('the child was not killed');
    const { finished, errors } = await children.run(folder, requests);
    if (!finished) throw new Error(errors);
  } finally {
    children.dispose();
    programs.dispose();
  }
  return readRound(folder, killed);
}

async function readRound(folder: string, killed: boolean): Promise<Map<string, RecordedHistory>> {
  const bench = await openCampaignBench(folder);
  try {
    const keys = bench.database.all('SELECT run_id, request_key FROM runs WHERE part_of IS NULL') as {
      run_id: string;
      request_key: string;
    }[];
    const recorded = new Map<string, RecordedHistory>();
    for (const { run_id: runId, request_key: key } of keys) {
      const example = EXAMPLES[key.replace(/^\d+\//, '')];
      if (example === undefined) throw new Error(`what is the run ${key} an example of?`);
      if (killed && bench.workflow.get(runId).resumptions === 0) continue;
      const name = killed ? example.name.replace(/-success|-failure/, '') + '-resumed' : example.name;
      const about = killed ? `${example.about} Its process was killed on the way; another one went on.` : example.about;
      recorded.set(name, { about, history: bench.workflow.history(runId) });
    }
    return recorded;
  } finally {
    await bench.close();
  }
}

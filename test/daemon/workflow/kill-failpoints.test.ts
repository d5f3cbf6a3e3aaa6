import type { Failpoint } from '../../../daemon/kernel/index.js';
import { temporaryFolders } from '../doubles/index.js';
import { problemsOf, runChild, trialJobs } from './kill-trial.js';

const folder = temporaryFolders();

/** The instants that the main job passes; those of decisions, re-runs and the like are passed by the crash campaign (test/faults/crash). */
const FAILPOINTS_OF_THE_MAIN_JOB: readonly Failpoint[] = [
  'run.accepting',
  'run.journalling',
  'run.accepted',
  'step.starting',
  'step.prepared',
  'step.started',
  'generate.finished',
  'blob.writing',
  'blob.written',
  'blob.renamed',
  'clip.filed',
  'step.finished',
  'step.committing',
  'clip.indexed',
  'cache.stored',
  'step.committed',
  'wait.journalling',
  'wait.journalled',
  'slot.assigned',
  'slot.delivered',
  'slot.committed',
  'document.writing',
  'document.written',
  'document.renamed',
  'run.finishing',
  'run.finished',
];

/** Only one run waits. */
const PASSED_ONCE: readonly Failpoint[] = ['wait.journalling', 'wait.journalled'];

// At the second pass, so that one run has been through and others are on their way.
test.each(FAILPOINTS_OF_THE_MAIN_JOB)(
  'killed at %s: nothing is lost, nothing doubled, every run ends',
  async (name) => {
    const data = folder();
    const jobs = trialJobs(0);
    const killed = await runChild(data, jobs, { failpoint: `${name}=kill@${PASSED_ONCE.includes(name) ? 1 : 2}` });
    expect(killed).toMatchObject({ signal: 'SIGKILL' });
    const last = await runChild(data, jobs, {});
    expect(last).toMatchObject({ code: 0, errors: '' });
    expect(problemsOf(data, new Set([...killed.accepted, ...last.accepted]), jobs)).toEqual([]);
  },
  120_000,
);

import { FAILPOINTS } from '../../../daemon/kernel/index.js';
import { temporaryFolders } from '../doubles/index.js';
import { problemsOf, runChild, trialJobs } from './kill-trial.js';

const folder = temporaryFolders();

// At the second pass, so that one run has been through and others are on their way.
test.each(FAILPOINTS)(
  'killed at %s: nothing is lost, nothing doubled, every run ends',
  async (name) => {
    const data = folder();
    const jobs = trialJobs(0);
    const killed = await runChild(data, jobs, { failpoint: `${name}=kill@2` });
    expect(killed).toMatchObject({ signal: 'SIGKILL' });
    const last = await runChild(data, jobs, {});
    expect(last).toMatchObject({ code: 0, errors: '' });
    expect(problemsOf(data, new Set([...killed.accepted, ...last.accepted]), jobs)).toEqual([]);
  },
  120_000,
);

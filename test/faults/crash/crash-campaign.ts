import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Failpoint } from '../../../daemon/kernel/index.js';
import { campaignRound, type CampaignRequest } from '../../daemon/workflow/campaign-steps/campaign-requests.js';
import { SeededRandom } from '../frames-random.js';
import { CompiledPrograms } from '../support/compiled-programs.js';
import { findingsOf, type CrashFindings } from './crash-findings.js';
import { CHILD, Children, type HowToKill } from './crash-trial.js';
import { forgottenProblems } from './forgotten-runs.js';

export interface CrashPlan {
  readonly seed: number;
  /** Random kills after those at the failpoints. */
  readonly kills: number;
  readonly failpoints: readonly Failpoint[];
}

export interface CrashReport extends CrashFindings {
  readonly seed: number;
  readonly kills: number;
  readonly killsAtFailpoints: number;
  readonly accepted: number;
  readonly seconds: number;
}

/** Passed only where runs are forgotten; a run that is forgotten cannot be looked at afterwards. */
const WHERE_RUNS_ARE_FORGOTTEN: Failpoint = 'run.forgetting';
const FINISHED_RUNS_KEPT = 5;

// A child that is left alone has ended its round after about this time.
const LATEST_KILL_MS = 700;
const PROBLEMS_TOLD = 40;
const LAST_CHILD_MS = 600_000;
// So that one run has been through, and others are on their way.
const LATEST_PASS = 3;
/** Requests of so many rounds are made again: those that a kill has cut off before they were accepted. */
const ROUNDS_ASKED_AGAIN = 2;

class Campaign {
  readonly asked: CampaignRequest[] = [];
  readonly accepted = new Set<string>();
  /** Runs of which a child said that it had cancelled them: what was said holds, whatever dies afterwards. */
  private readonly cancelled = new Set<string>();
  readonly problems: string[] = [];
  private round = 0;

  constructor(
    private readonly children: Children,
    readonly folder: string,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /** One more round of runs; true where the child was killed on the way. */
  async kill(how: HowToKill): Promise<boolean> {
    const requests = campaignRound(this.round);
    const recent = this.asked.length - ROUNDS_ASKED_AGAIN * requests.length;
    // What does not end by itself is looked after until somebody was told that it is cancelled.
    const again = this.asked.filter(({ key, cancel }, index) => index >= recent || (cancel !== undefined && !this.cancelled.has(key)));
    this.asked.push(...requests);
    this.round += 1;
    return this.run([...again, ...requests], how);
  }

  /** Everything is asked for again and comes to its end. */
  async finish(): Promise<void> {
    const ended = await this.run(this.asked, { deadlineMs: LAST_CHILD_MS });
    if (ended) this.problems.push('the last child was killed');
  }

  private async run(requests: readonly CampaignRequest[], how: HowToKill): Promise<boolean> {
    const outcome = await this.children.run(this.folder, requests, { ...how, cancelled: [...this.cancelled] });
    for (const key of outcome.accepted) this.accepted.add(key);
    for (const key of outcome.cancelled) this.cancelled.add(key);
    for (const key of outcome.uncancelled) this.problems.push(`round ${this.round - 1}: the run ${key} was cancelled, and goes on`);
    if (!outcome.killed && !outcome.finished) this.problems.push(`round ${this.round - 1}: ${outcome.errors}`);
    return outcome.killed;
  }
}

export async function killMany(
  folder: string,
  { seed, kills, failpoints }: CrashPlan,
  onKill: (count: number) => void = () => undefined,
): Promise<CrashReport> {
  const begun = performance.now();
  const random = new SeededRandom(seed);
  const programs = new CompiledPrograms();
  const children = new Children(programs.program(CHILD));
  try {
    const campaign = new Campaign(children, join(folder, 'disturbed'));
    const forgetting = new Campaign(children, join(folder, 'forgetting'));
    const { problems } = campaign;
    let killsAtFailpoints = 0;
    for (const name of failpoints) {
      const isForgetting = name === WHERE_RUNS_ARE_FORGOTTEN;
      const where = isForgetting ? forgetting : campaign;
      const kept = isForgetting ? { finishedRunsKept: FINISHED_RUNS_KEPT } : {};
      // Some are passed once in a round: where a later pass does not come, the first one of the next round will do.
      const passes = [1 + random.below(LATEST_PASS), 1, 1];
      let killed = false;
      for (const pass of passes) killed ||= await where.kill({ failpoint: `${name}=kill@${pass}`, ...kept });
      if (killed) onKill((killsAtFailpoints += 1));
      else problems.push(`the child was never killed at the failpoint ${name}`);
    }
    let done = 0;
    while (done < kills && problems.length === 0) {
      if (await campaign.kill({ killAfterMs: random.below(LATEST_KILL_MS) })) onKill(killsAtFailpoints + (done += 1));
    }
    await campaign.finish();
    const undisturbed = new Campaign(children, join(folder, 'undisturbed'));
    undisturbed.asked.push(...campaign.asked);
    await undisturbed.finish();
    if (failpoints.includes(WHERE_RUNS_ARE_FORGOTTEN)) {
      await forgetting.kill({ finishedRunsKept: FINISHED_RUNS_KEPT });
      problems.push(...forgetting.problems, ...forgottenProblems(forgetting.folder, FINISHED_RUNS_KEPT));
    }
    const { asked, accepted } = campaign;
    const findings = findingsOf({ disturbed: campaign.folder, undisturbed: undisturbed.folder, accepted, asked });
    return {
      ...{ seed, kills: done, killsAtFailpoints, accepted: accepted.size },
      ...findings,
      problems: [...problems, ...undisturbed.problems, ...findings.problems].slice(0, PROBLEMS_TOLD),
      seconds: Math.round((performance.now() - begun) / 1000),
    };
  } finally {
    children.dispose();
    programs.dispose();
  }
}

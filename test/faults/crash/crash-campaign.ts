import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FAILPOINTS, type Failpoint } from '../../../daemon/kernel/index.js';
import { campaignRound, type CampaignRequest } from '../../daemon/workflow/campaign-steps/campaign-requests.js';
import { SeededRandom } from '../frames-random.js';
import { findingsOf, type CrashFindings } from './crash-findings.js';
import { runChild } from './crash-trial.js';

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

// A child that is left alone has ended its round after about this time.
const LATEST_KILL_MS = 900;
const LAST_CHILD_MS = 600_000;
// So that one run has been through, and others are on their way.
const LATEST_PASS = 3;

export async function killMany(
  folder: string,
  { seed, kills, failpoints = FAILPOINTS }: CrashPlan,
  onKill: (count: number) => void = () => undefined,
): Promise<CrashReport> {
  const begun = performance.now();
  const random = new SeededRandom(seed);
  const [disturbed, undisturbed] = [join(folder, 'disturbed'), join(folder, 'undisturbed')];
  for (const path of [disturbed, undisturbed]) mkdirSync(path, { recursive: true });
  const asked: CampaignRequest[] = [];
  const accepted = new Set<string>();
  const problems: string[] = [];
  let round = 0;
  const child = async (how: Parameters<typeof runChild>[2]): Promise<boolean> => {
    // What earlier children were asked for is asked for again: a request whose run exists finds it.
    const requests = [...asked.slice(-24), ...campaignRound(round)];
    asked.push(...campaignRound(round));
    round += 1;
    const outcome = await runChild(disturbed, requests, how);
    for (const key of outcome.accepted) accepted.add(key);
    if (!outcome.killed && !outcome.finished) problems.push(`round ${round - 1}: ${outcome.errors}`);
    return outcome.killed;
  };

  let killsAtFailpoints = 0;
  for (const name of failpoints) {
    const pass = 1 + random.below(LATEST_PASS);
    if (await child({ failpoint: `${name}=kill@${pass}` })) onKill((killsAtFailpoints += 1));
    else problems.push(`the child was never killed at the failpoint ${name} (pass ${pass})`);
  }
  let done = 0;
  while (done < kills && problems.length === 0) {
    if (await child({ killAfterMs: random.below(LATEST_KILL_MS) })) onKill(killsAtFailpoints + (done += 1));
  }
  for (const path of [disturbed, undisturbed]) {
    const last = await runChild(path, asked, {}, LAST_CHILD_MS);
    if (!last.finished) problems.push(`the last child, ${path}: ${last.errors}`);
    if (path === disturbed) for (const key of last.accepted) accepted.add(key);
  }
  const findings = findingsOf({ disturbed, undisturbed, accepted, asked });
  return {
    ...{ seed, kills: done, killsAtFailpoints, accepted: accepted.size },
    ...findings,
    problems: [...problems, ...findings.problems],
    seconds: Math.round((performance.now() - begun) / 1000),
  };
}

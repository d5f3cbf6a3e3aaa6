import { problemsOf, runChild, trialJobs, type TrialJob } from './kill-trial.js';

// Long enough to reach past the last delivery of a round, so that kills fall everywhere.
const LATEST_KILL_MS = 220;

export interface RandomKillsReport {
  readonly kills: number;
  readonly accepted: number;
  readonly problems: readonly string[];
}

/** A small generator (Mulberry32), so that a seed names a sequence of kills. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Kills the child `kills` times at random moments, with new jobs each time, lets it finish, and looks at what is there. */
export async function killAtRandom(
  folder: string,
  kills: number,
  seed: number,
  onKill: (count: number) => void = () => undefined,
): Promise<RandomKillsReport> {
  const random = randomNumbers(seed);
  const submitted: TrialJob[] = [];
  const accepted = new Set<string>();
  for (let round = 0, done = 0; done < kills; round += 1) {
    const jobs = trialJobs(round);
    submitted.push(...jobs);
    const outcome = await runChild(folder, jobs, { killAfterMs: random() * LATEST_KILL_MS });
    for (const key of outcome.accepted) accepted.add(key);
    if (outcome.signal === 'SIGKILL') onKill((done += 1));
    else if (outcome.code !== 0) return { kills: done, accepted: accepted.size, problems: [`the child failed: ${outcome.errors}`] };
  }
  const last = await runChild(folder, [], {});
  const problems = last.code === 0 ? problemsOf(folder, accepted, submitted) : [`the last child failed: ${last.errors}`];
  return { kills, accepted: accepted.size, problems };
}

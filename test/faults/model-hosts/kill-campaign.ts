import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { isGrymError, messageOf } from '../../../daemon/kernel/index.js';
import type { HostEvent } from '../../../daemon/models/hosts/host-events.js';
import type { ModelHosts } from '../../../daemon/models/hosts/model-hosts.js';
import { digestOf, FIXTURE, generating, startFixtureHosts, type Generating } from './fixture-hosts.js';
import { leftoversOf, takeInventory } from './leftovers.js';

export interface KillReport {
  /** Hosts that were killed while a task ran in them. */
  readonly kills: number;
  readonly runs: number;
  readonly succeededAtOnce: number;
  readonly succeededByRetry: number;
  /** Killed twice under the same task, or when the model was about to rest: they failed with GRYM_MODEL_HOST_DIED, transient. */
  readonly failedAsTransient: number;
  /** Three kills came in a row, with nothing that worked between them: GRYM_MODEL_HOST_RESTING, resource. */
  readonly failedAsResting: number;
  /** Kills that came when the task had just ended. */
  readonly late: number;
  readonly longestRunMs: number;
  readonly problems: string[];
}

const GENERATING: Generating = { seconds: 1, steps: 12, seed: 7 };
const RUNS_AT_ONCE = 2;
/** Short, so that the campaign goes on soon. */
const REST_MS = 300;
/** How often, of those that are tried once more, the second try is killed too. */
const SECOND_KILLS = 0.25;

/** Numbers of 0 … 1, the same ones for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Outcome {
  readonly kind: 'done' | 'retried' | 'died' | 'resting' | 'wrong';
  readonly milliseconds: number;
  readonly problem: string;
}

async function generate(hosts: ModelHosts, expected: string): Promise<Outcome> {
  const startMs = performance.now();
  const outcome = (kind: Outcome['kind'], problem = ''): Outcome => ({ kind, problem, milliseconds: performance.now() - startMs });
  try {
    const reply = await hosts.call(FIXTURE, generating(GENERATING));
    if (digestOf(reply) === expected) return outcome(reply.retries === 0 ? 'done' : 'retried');
    return outcome('wrong', `a run with ${reply.retries} retries gave other samples`);
  } catch (error) {
    if (isGrymError(error, 'GRYM_MODEL_HOST_DIED') && error.kind === 'transient') return outcome('died');
    if (isGrymError(error, 'GRYM_MODEL_HOST_RESTING') && error.kind === 'resource') return outcome('resting');
    return outcome('wrong', `a run failed: ${isGrymError(error) ? error.code : ''} ${messageOf(error)}`);
  }
}

const busyOnes = (hosts: ModelHosts): number[] =>
  hosts.views().flatMap(({ state, processId }) => (state === 'busy' && processId !== null ? [processId] : []));

/** Kills one host at a random moment of its task, and sometimes the one that takes its place too. Returns how many. */
async function killSome(hosts: ModelHosts, random: () => number, taskMs: number, isOver: () => boolean): Promise<number> {
  let kills = 0;
  for (let isWanted = true; isWanted && !isOver(); isWanted = random() < SECOND_KILLS) {
    while (busyOnes(hosts).length === 0 && !isOver()) await wait(1);
    for (const endMs = performance.now() + random() * taskMs; performance.now() < endMs && !isOver();) await wait(1);
    const busy = busyOnes(hosts);
    const victim = busy[Math.floor(random() * busy.length)];
    if (victim === undefined) return kills;
    process.kill(victim, 'SIGKILL');
    kills += 1;
    while (busyOnes(hosts).includes(victim)) await wait(1);
  }
  return kills;
}

/** Has runs generate, two at a time, with the real runner, until hosts were killed `kills` times in the middle of a task. */
export async function killHosts(kills: number, seed: number, onKill: (count: number) => void = () => undefined): Promise<KillReport> {
  const random = seeded(seed);
  const before = takeInventory();
  let retries = 0;
  let deaths = 0;
  const onEvent = ({ type }: HostEvent): void => {
    if (type === 'retried') retries += 1;
    if (type === 'died') deaths += 1;
  };
  const { hosts, ledger } = startFixtureHosts({ onEvent, restMs: REST_MS });
  const problems: string[] = [];
  const outcomes: Outcome[] = [];
  let asked = 0;
  const countOf = (kind: Outcome['kind']): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  // Each death under a task is followed by a retry, or by an error that says so.
  const killed = (): number => retries + countOf('died');
  try {
    const expected = digestOf(await hosts.call(FIXTURE, generating(GENERATING)));
    const both = (): Promise<unknown> => Promise.all([1, 2].map(() => hosts.call(FIXTURE, generating(GENERATING))));
    await both(); // starts the second one
    const startMs = performance.now();
    await both();
    let taskMs = performance.now() - startMs;
    while (killed() < kills && problems.length === 0) {
      while (hosts.views().some(({ state }) => state === 'resting')) await wait(10);
      let isOver = false;
      const runs = Promise.all(Array.from({ length: RUNS_AT_ONCE }, () => generate(hosts, expected))).finally(() => (isOver = true));
      asked += await killSome(hosts, random, taskMs, () => isOver);
      const ended = await runs;
      outcomes.push(...ended);
      // The machine may become busier, or less busy, meanwhile.
      const undisturbed = ended.filter(({ kind }) => kind === 'done').map(({ milliseconds }) => milliseconds);
      if (undisturbed.length > 0) taskMs = Math.min(...undisturbed);
      problems.push(...outcomes.flatMap(({ problem }) => (problem === '' ? [] : [problem])));
      onKill(killed());
    }
  } finally {
    await hosts.dispose();
  }
  for (let round = 0; round < 100 && takeInventory().mappings > before.mappings; round += 1) await turn();
  problems.push(...leftoversOf(before, takeInventory()));
  if (ledger.usage().leases > 0) problems.push(`${ledger.usage().leases} leases were not given back`);
  if (deaths !== asked) problems.push(`${asked} hosts were killed, and ${deaths} deaths were counted`);
  return {
    ...{ kills: killed(), runs: outcomes.length, late: asked - killed(), problems },
    succeededAtOnce: countOf('done'),
    succeededByRetry: countOf('retried'),
    failedAsTransient: countOf('died'),
    failedAsResting: countOf('resting'),
    longestRunMs: Math.round(Math.max(...outcomes.map(({ milliseconds }) => milliseconds))),
  };
}

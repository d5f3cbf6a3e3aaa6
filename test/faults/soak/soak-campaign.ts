import { join } from 'node:path';
import { campaignAnswer } from '../../daemon/workflow/campaign-steps/campaign-requests.js';
import { openCampaignBench, type CampaignBench } from '../../daemon/workflow/campaign-steps/campaign-bench.js';
import { CountingGround } from '../../daemon/workflow/campaign-steps/campaign-ground.js';
import type { RunRecord } from '../../../daemon/workflow/index.js';
import { SeededRandom } from '../frames-random.js';
import { growth, leaks, peaks, takeStock, type Holding, type Holdings } from './leak-watch.js';
import { endlessRequest, randomRequest, requestName, type Fault, type SoakRequest } from './soak-requests.js';

export interface SoakPlan {
  readonly runs: number;
  readonly seed: number;
}

export interface SoakReport {
  readonly seed: number;
  readonly runs: number;
  readonly ended: Readonly<Record<string, number>>;
  readonly cancels: number;
  readonly deadlines: number;
  readonly pauses: number;
  readonly restarts: number;
  readonly resumed: number;
  readonly cacheHits: number;
  readonly executions: number;
  readonly commits: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrong: number;
  readonly growth: Readonly<Record<Holding, number>>;
  readonly peaks: Readonly<Record<Holding, number>>;
  readonly seconds: number;
  readonly problems: readonly string[];
}

const OPEN_AT_ONCE = 24;
const MOST_RUNS_KEPT = 200;
/** So that the oldest are forgotten before the process counts as warm. */
const SHARE_OF_RUNS_KEPT = 0.1;
const STRETCHES = 40;
const DEADLINE_MS = 20;
const LONGEST_QUIET_MS = 60_000;
// A step that lacks something waits for more than a minute until it is given up.
const HURRY = 1_000;

interface Tracked {
  readonly request: SoakRequest;
  readonly fault: Fault;
}

/** What a run came to, without what is a matter of time. */
const resultOf = ({ state, outputs, error }: RunRecord): string => JSON.stringify({ state, outputs, error: error?.code ?? null });

class Soak {
  readonly ended: Record<string, number> = {};
  readonly problems: string[] = [];
  readonly samples: Holdings[] = [];
  readonly counts = { cancels: 0, deadlines: 0, pauses: 0, restarts: 0, resumed: 0, cacheHits: 0, wrong: 0, finished: 0 };
  readonly ground: CountingGround;
  private readonly random: SeededRandom;
  private readonly open = new Map<string, Tracked>();
  private readonly endedSinceRestart = new Set<string>();
  private readonly expected = new Map<string, string>();
  private bench: CampaignBench | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly folder: string,
    private readonly plan: SoakPlan,
  ) {
    this.random = new SeededRandom(plan.seed);
    this.ground = new CountingGround(join(folder, 'written-by-steps'));
  }

  get running(): CampaignBench {
    if (this.bench === undefined) throw new Error('the engine is not open');
    return this.bench;
  }

  async start(): Promise<void> {
    const bench = await openCampaignBench(this.folder, {
      ground: this.ground,
      concurrentRuns: 4,
      finishedRunsKept: Math.min(MOST_RUNS_KEPT, Math.ceil(this.plan.runs * SHARE_OF_RUNS_KEPT)),
      hurry: HURRY,
    });
    this.bench = bench;
    bench.workflow.onEvent(({ run }) => this.look(run));
    await bench.start();
    for (const runId of [...this.open.keys()]) this.look(bench.workflow.get(runId));
  }

  async restart(): Promise<void> {
    this.counts.restarts += 1;
    this.counts.resumed += this.open.size;
    this.counts.cacheHits += this.running.workflow.cacheStatistics().hits;
    const closing = this.running;
    // Whoever has something to say to it waits until it is there again.
    this.bench = undefined;
    await closing.close();
    await this.start();
  }

  /** Makes a stretch of runs, with faults on the way, and waits until all have ended. */
  async stretch(runs: number): Promise<void> {
    for (let index = 0; index < runs; index += 1) {
      await this.untilOpen(OPEN_AT_ONCE - 1);
      this.ask();
      await this.disturb();
    }
    if (this.running.workflow.queueState().paused) this.running.workflow.resumeQueue();
    await this.untilOpen(0);
  }

  /** Between stretches nothing runs: what is held then is held for good. */
  async sample(): Promise<void> {
    const { databaseFile, documentFolder, contexts } = this.running;
    await contexts.idle();
    this.samples.push(await takeStock(databaseFile, documentFolder));
    for (const runId of this.endedSinceRestart) this.ground.forget(runId);
    this.endedSinceRestart.clear();
  }

  async close(): Promise<void> {
    this.counts.cacheHits += this.running.workflow.cacheStatistics().hits;
    await this.running.close();
    this.problems.push(...this.ground.problems);
  }

  private ask(): void {
    const dice = this.random.below(100);
    const fault: Fault = dice < 4 ? 'cancel' : dice < 8 ? 'deadline' : 'none';
    const request = fault === 'none' ? randomRequest(this.random) : endlessRequest(this.random);
    const { workflow } = this.running;
    const deadline = fault === 'deadline' ? { deadlineAtMs: Date.now() + DEADLINE_MS } : {};
    const handle = workflow.run({ ...request, ...deadline, seed: 1, priority: this.random.below(5) - 2 });
    handle.finished.catch(() => undefined);
    handle.settled.catch(() => undefined);
    this.open.set(handle.runId, { request, fault });
    if (fault === 'deadline') this.counts.deadlines += 1;
    if (fault === 'cancel') {
      this.counts.cancels += 1;
      setTimeout(() => this.cancel(handle.runId), this.random.below(6));
    }
    this.look(workflow.get(handle.runId));
  }

  private cancel(runId: string): void {
    // Where the engine restarts at this moment, the next look at the run cancels it.
    if (this.open.has(runId)) this.bench?.workflow.cancel(runId);
  }

  private async disturb(): Promise<void> {
    const dice = this.random.below(1_000);
    const { workflow } = this.running;
    if (dice < 4) await this.restart();
    else if (dice < 10) {
      this.counts.pauses += 1;
      workflow.pauseQueue();
    } else if (dice < 200 && workflow.queueState().paused) workflow.resumeQueue();
  }

  private look(run: RunRecord): void {
    const tracked = this.open.get(run.runId);
    if (tracked === undefined) {
      if (run.endedAtMs !== null && !this.endedSinceRestart.has(run.runId)) this.problems.push(`an unknown run ended: ${run.runId}`);
      return;
    }
    if (run.endedAtMs === null) {
      if (run.waitingFor?.kind === 'decision') setImmediate(() => this.answer(run.runId, tracked));
      else if (tracked.fault === 'cancel' && run.resumptions > 0) setImmediate(() => this.cancel(run.runId));
      return;
    }
    this.open.delete(run.runId);
    this.endedSinceRestart.add(run.runId);
    this.ended[run.state] = (this.ended[run.state] ?? 0) + 1;
    this.counts.finished += 1;
    this.judge(run, tracked);
    this.wake();
  }

  private judge(run: RunRecord, { request, fault }: Tracked): void {
    const wrong = (what: string): void => {
      this.counts.wrong += 1;
      this.problems.push(`${requestName(request)}: ${what}`);
    };
    if (fault === 'cancel') {
      if (run.state !== 'cancelled') wrong(`was cancelled and is ${run.state}`);
    } else if (fault === 'deadline') {
      if (run.state !== 'failed' || run.error?.code !== 'GRYM_RUN_DEADLINE') wrong(`its deadline passed and it is ${resultOf(run)}`);
    } else {
      const name = requestName(request);
      const known = this.expected.get(name);
      if (known === undefined) this.expected.set(name, resultOf(run));
      else if (known !== resultOf(run)) wrong(`came to ${resultOf(run)} instead of ${known}`);
    }
  }

  private answer(runId: string, { request }: Tracked): void {
    const workflow = this.bench?.workflow;
    if (workflow === undefined || !this.open.has(runId)) return;
    const { waitingFor } = workflow.get(runId);
    if (waitingFor?.kind !== 'decision') return;
    const options = waitingFor.options.map(({ id }) => id);
    workflow.decide(runId, waitingFor.path, [campaignAnswer(requestName(request), options)]);
  }

  private async untilOpen(atMost: number): Promise<void> {
    const paused = this.running.workflow.queueState().paused;
    // Nothing ends while the queue is paused and full.
    if (paused && this.open.size > atMost) this.running.workflow.resumeQueue();
    while (this.open.size > atMost) {
      await new Promise<void>((resolve, reject) => {
        const names = (): string => [...this.open].map(([runId, { request }]) => `${runId} ${requestName(request)}`).join('; ');
        const timer = setTimeout(() => reject(new Error(`nothing ended for ${LONGEST_QUIET_MS} ms; open: ${names()}`)), LONGEST_QUIET_MS);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = () => undefined;
    }
  }

  get lost(): readonly string[] {
    return [...this.open].map(([runId, { request }]) => `lost: ${runId} ${requestName(request)}`);
  }
}

export async function soak(
  folder: string,
  { runs, seed }: SoakPlan,
  onProgress: (runs: number) => void = () => undefined,
): Promise<SoakReport> {
  const begun = performance.now();
  const campaign = new Soak(folder, { runs, seed });
  const stretches = Math.min(STRETCHES, Math.max(8, Math.ceil(runs / 250)));
  let trouble: string[] = [];
  let asked = 0;
  try {
    await campaign.start();
    for (let stretch = 1; stretch <= stretches; stretch += 1) {
      const until = Math.round((runs * stretch) / stretches);
      await campaign.stretch(until - asked);
      asked = until;
      await campaign.sample();
      onProgress(asked);
    }
    await campaign.close();
  } catch (error) {
    trouble = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
  const { counts, samples, ground, ended, lost } = campaign;
  const grown = samples.length >= 4 ? growth(samples) : ({} as Record<Holding, number>);
  const found = [...trouble, ...lost, ...campaign.problems, ...(samples.length >= 4 ? leaks(samples) : [])];
  return {
    ...{ seed, runs: counts.finished, ended },
    ...{ cancels: counts.cancels, deadlines: counts.deadlines, pauses: counts.pauses, restarts: counts.restarts, resumed: counts.resumed },
    ...{ cacheHits: counts.cacheHits, executions: ground.executions, commits: ground.commits },
    ...{ lost: lost.length, doubled: ground.problems.length, wrong: counts.wrong },
    growth: Object.fromEntries(Object.entries(grown).map(([name, value]) => [name, Number(value.toFixed(2))])) as Record<Holding, number>,
    peaks: peaks(samples),
    seconds: Math.round((performance.now() - begun) / 1000),
    problems: found.slice(0, 50),
  };
}

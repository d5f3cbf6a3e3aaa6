import {
  openGraph,
  type Activation,
  type ActivationResult,
  type CompiledWorkflow,
  type GraphEnd,
  type GraphRun,
} from '../definition/index.js';
import type { RunState } from '../types.js';
import type { ExecutionParts } from './execution-parts.js';
import type { JournalledRun, JournalledStep } from './journal-rows.js';
import type { LiveRun } from './live-run.js';
import { OpenStep, waitingState } from './open-step.js';
import { firstWait, journalledResult } from './result-committer.js';
import type { StepStarter } from './step-starter.js';

/** Where the graph of one open run is, the steps of it that have no result in the journal yet, and their turn in the queue. */
export class RunSteps {
  private graph: GraphRun;
  private steps = new Map<string, OpenStep>();
  private admitted: OpenStep[] = [];
  /** Waiting steps that were told to run again, and are not journalled as started yet. */
  private readonly woken = new Set<string>();
  private begun = false;

  constructor(
    private readonly parts: ExecutionParts,
    private readonly starter: StepStarter,
    private readonly of: {
      readonly run: JournalledRun;
      readonly definition: CompiledWorkflow;
      readonly live: LiveRun;
      /** Steps of it were carried out by an earlier process. */
      readonly begunEarlier: boolean;
      /** A run that stops takes nothing, and must not stand before others in the queue. */
      readonly isStopping: () => boolean;
    },
  ) {
    this.graph = this.openGraph();
  }

  get open(): ReadonlyMap<string, OpenStep> {
    return this.steps;
  }

  get end(): GraphEnd | null {
    return this.graph.end;
  }

  get fraction(): number {
    return this.graph.fraction;
  }

  get state(): RunState {
    return this.waitingState ?? (this.begun ? 'running' : 'queued');
  }

  /** Leads the graph to where the journal is. `kept`: steps that go on in this process. */
  takeUp(rows: readonly JournalledStep[], kept: ReadonlyMap<string, OpenStep>): void {
    this.graph = this.openGraph();
    this.admitted = [];
    const byPath = new Map(rows.map((row) => [row.path, row]));
    this.steps = new Map();
    for (let ready = this.graph.takeReady(); ready.length > 0; ready = this.graph.takeReady()) {
      for (const activation of ready) {
        const row = byPath.get(activation.path);
        if (row === undefined || row.state === 'started' || row.state === 'waiting') this.add(activation, row, kept);
        else this.graph.settle(row.path, journalledResult(row, this.of.live));
      }
    }
    this.tellWaits();
  }

  /** The step whose start is next, where the queue gives this run a turn. */
  nextAdmitted(): OpenStep | undefined {
    if (this.admitted.length === 0) this.admit();
    return this.admitted[0];
  }

  started(step: OpenStep): void {
    this.admitted = this.admitted.filter((other) => other !== step);
    this.begun = true;
  }

  launched(step: OpenStep): void {
    step.phase = 'running';
    step.wait = null;
    if (this.of.live.waitingFor !== null) this.tellWaits();
  }

  /** Its start is in the journal. */
  carried(step: OpenStep): void {
    this.woken.delete(step.path);
  }

  waits(step: OpenStep): void {
    step.phase = 'waiting';
    this.tellWaits();
  }

  /** A step has its result; what follows from it is opened. */
  settle(step: OpenStep, result: ActivationResult): void {
    this.steps.delete(step.path);
    if (step.wait !== null) this.tellWaits();
    this.graph.settle(step.path, result);
    for (const activation of this.graph.takeReady()) this.add(activation, undefined, NONE);
  }

  /** A waiting step is to run again; offered to the queue at once, or (`isHeldBack`) as the run is taken up the next time. */
  wake(step: OpenStep, isHeldBack: boolean): void {
    this.woken.add(step.path);
    if (isHeldBack) return;
    step.phase = 'queued';
    this.offer(step);
  }

  private openGraph(): GraphRun {
    const { definition, run } = this.of;
    return openGraph(definition, run.inputs, { seed: run.seed, bridge: run.bridgeId });
  }

  private get waitingState(): RunState | null {
    return waitingState(this.steps.values(), (runId) => this.parts.stateOfPart(runId));
  }

  /** What the run waits for, for those who look at it. */
  tellWaits(): void {
    const { live } = this.of;
    live.waitingFor = firstWait(this.steps.values());
    if (live.waitingFor === null) return;
    const { waitingState: state } = this;
    if (state === null) return;
    const forBridge = live.waitingFor.kind === 'bridge' || (live.waitingFor.kind === 'run' && state === 'waiting-for-bridge');
    live.stage = forBridge ? 'waiting for the bridge' : 'waiting for a decision';
  }

  private add(activation: Activation, row: JournalledStep | undefined, kept: ReadonlyMap<string, OpenStep>): void {
    const goesOn = kept.get(activation.path);
    const step = goesOn ?? new OpenStep(activation, this.parts.catalogue.find(activation.step));
    if (row !== undefined) {
      if (goesOn === undefined) step.takeUp(row);
      else step.follow(row);
      if (this.woken.has(step.path) && step.phase === 'waiting') step.phase = 'queued';
    }
    this.steps.set(step.path, step);
    if (step.phase === 'queued') this.offer(step);
    else if (step.phase === 'running' && step.holdsPlace) this.parts.dispatcher.hold(this.of.run.runId);
  }

  private offer(step: OpenStep): void {
    if (this.of.isStopping()) return;
    const { runId, bridgeId, priority, deadlineAtMs, sequence } = this.of.run;
    const cost = this.starter.costOf(step);
    // The first step of a new run waits for its turn, whatever it costs.
    step.needsPlace = cost.threads > 0 || !(this.begun || this.of.begunEarlier);
    this.parts.dispatcher.add(
      {
        ...{ runId, path: step.path, flow: bridgeId ?? '', priority, deadlineAtMs, runSequence: sequence },
        position: step.activation.position,
        cost: cost.seconds * Math.max(1, cost.threads),
      },
      step.needsPlace,
    );
  }

  private admit(): void {
    for (const path of this.parts.dispatcher.admit(this.of.run.runId)) {
      const step = this.steps.get(path);
      if (step?.phase !== 'queued') continue;
      step.phase = 'admitted';
      step.holdsPlace = step.needsPlace;
      this.admitted.push(step);
    }
  }
}

const NONE: ReadonlyMap<string, OpenStep> = new Map();

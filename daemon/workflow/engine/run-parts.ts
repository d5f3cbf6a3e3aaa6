import type { BridgeInfo } from '../../audio/index.js';
import { failpoint, GrymError, newRunId, type JsonObject } from '../../kernel/index.js';
import { completeInputs, openGraph } from '../definition/index.js';
import type { PlannedRunRequest, PlannedRuns } from '../planned-runs.js';
import { PLAN_FILE, type Planning } from '../planning.js';
import type { RunRecord, RunState } from '../types.js';
import {
  assertBegins,
  assertCapabilities,
  completeTarget,
  findDefinition,
  type AcceptanceParts,
  type AcceptedRequest,
} from './acceptance.js';
import type { ExecutionParts } from './execution-parts.js';
import type { JournalledRun } from './journal-rows.js';
import type { OpenStep } from './open-step.js';
import { requestItems } from './request-items.js';
import type { WorkflowExecution } from './workflow-execution.js';

export interface RunPartsOptions {
  readonly parts: Pick<ExecutionParts, 'runs' | 'contexts'>;
  readonly acceptance: AcceptanceParts;
  readonly planning: Planning;
  readonly open: ReadonlyMap<string, WorkflowExecution>;
  /** Throws GRYM_RUN_UNKNOWN. */
  readonly record: (runId: string) => RunRecord;
  /** Opens a run that is journalled and that no process has begun; null where the daemon is stopping. */
  readonly begin: (run: JournalledRun) => WorkflowExecution | null;
}

/**
 * Runs that are parts of other runs: a step carries them out and waits for them. They are journalled in the transaction of the step's
 * start and named by the step, so there is one for each step whatever dies; and none outlives the run that it is part of.
 */
export class RunParts implements PlannedRuns {
  /** Who waits, by the run that is waited for. */
  private readonly waiting = new Map<string, { readonly execution: WorkflowExecution; readonly path: string }>();

  constructor(private readonly options: RunPartsOptions) {}

  accept(of: { readonly runId: string; readonly path: string }, request: PlannedRunRequest): string {
    const { runs, contexts } = this.options.parts;
    const earlier = runs.findPart(of.runId, of.path);
    if (earlier !== undefined) return earlier.runId;
    const whole = runs.find(of.runId);
    if (whole === undefined) throw new GrymError('GRYM_RUN_UNKNOWN', { runId: of.runId });
    const { run, definition, items } = this.accepted(whole, of.path, request);
    runs.accept(run, definition.text);
    contexts.begin({ runId: run.runId, workflow: run.workflow, atMs: run.submittedAtMs }, items);
    failpoint('part.accepting');
    return run.runId;
  }

  begin(runId: string): void {
    const { open, parts, begin } = this.options;
    const run = parts.runs.find(runId);
    if (run === undefined || run.endedAtMs !== null || open.has(runId)) return;
    begin(run);
    failpoint('part.begun');
  }

  get(runId: string): RunRecord {
    return this.options.record(runId);
  }

  stateOf(runId: string): RunState | null {
    return this.options.open.get(runId)?.live.state ?? null;
  }

  /** A step waits for its run from now on; where that has ended it is run again at once. */
  add(execution: WorkflowExecution, { path, wait }: OpenStep): void {
    if (wait?.kind !== 'run') return;
    const part = this.options.open.get(wait.runId);
    if (part === undefined) return execution.wake(path);
    this.waiting.set(wait.runId, { execution, path });
    if (part.live.state.startsWith('waiting-')) execution.partMoved(part.live);
  }

  /** The run that a part belongs to is told what becomes of it. */
  moved({ live, run }: WorkflowExecution): void {
    if (run.partOf !== null) this.options.open.get(run.partOf)?.partMoved(live);
  }

  /** After the end of a run is journalled: its parts end with it, and the step that carries it out goes on. */
  ended({ run }: WorkflowExecution): void {
    const { runId, partOf } = run;
    for (const part of this.options.parts.runs.openParts(runId)) this.stop(part, runId);
    if (partOf === null) return;
    failpoint('part.ended');
    const waiter = this.waiting.get(runId);
    this.waiting.delete(runId);
    waiter?.execution.wake(waiter.path);
  }

  /** At the start: parts whose whole has ended, for instance because it could not be read. */
  stopOrphans(executions: readonly WorkflowExecution[]): void {
    for (const { run } of executions) {
      if (run.partOf !== null && !this.options.open.has(run.partOf)) this.stop(run.runId, run.partOf);
    }
  }

  private stop(runId: string, whole: string): void {
    this.begin(runId);
    const error = new GrymError('GRYM_CANCELLED', { what: `run ${runId}, a part of run ${whole}, which has ended` });
    this.options.open.get(runId)?.stop({ state: 'cancelled', error });
  }

  private accepted(whole: JournalledRun, path: string, { document, known, seed: asked }: PlannedRunRequest): AcceptedRequest {
    const { acceptance, planning } = this.options;
    planning.read(document, known);
    const library = { ...acceptance.library(), facts: planning.facts() };
    const definition = findDefinition({ text: document, fileName: PLAN_FILE }, library);
    const declared = definition.compiled.bodies[0]?.inputs ?? {};
    const target = this.targetOf(whole, 'slot' in declared);
    const stated: JsonObject = Object.fromEntries(Object.entries(known).filter(([name, value]) => name in declared && value !== null));
    const inputs = completeInputs(definition.compiled, completeTarget(stated, declared, target, acceptance));
    assertCapabilities(definition, inputs, acceptance.capabilities);
    const submittedAtMs = acceptance.clock.nowMs();
    const seed = asked ?? whole.seed;
    const { runId, bridgeId, priority, deadlineAtMs, whenStuck } = whole;
    assertBegins(openGraph(definition.compiled, inputs, { seed, bridge: bridgeId }));
    const names = new Set([...Object.keys(known), ...Object.keys(stated)]);
    return {
      definition,
      items: requestItems({ inputs: { ...inputs, ...known }, stated: names, seed, bridge: target?.info ?? null }),
      run: {
        ...{ runId: newRunId(submittedAtMs), workflow: definition.name, title: definition.compiled.title, definitionHash: definition.hash },
        ...{ inputs, seed, submittedAtMs, bridgeId, priority, deadlineAtMs, whenStuck, slot: target?.slot ?? null },
        ...{ requestKey: null, edits: {}, notes: [], rerunOf: null, partOf: { runId, path } },
      },
    };
  }

  /** That of the whole, which may be away by now. */
  private targetOf({ bridgeId, slot }: JournalledRun, takesSlot: boolean): Parameters<typeof completeTarget>[2] {
    if (bridgeId === null) return null;
    const { bridges, slots } = this.options.acceptance;
    const info: BridgeInfo | null = bridges.list().find((bridge) => bridge.bridgeId === bridgeId) ?? null;
    return { bridgeId, info, slot: takesSlot ? (slot ?? slots.nextFree(bridgeId)) : null };
  }
}

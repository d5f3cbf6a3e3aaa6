import { z } from 'zod';
import type { ClipLibrary } from '../../audio/index.js';
import type { ContextHooks } from '../../context/index.js';
import { GrymError, type JsonObject } from '../../kernel/index.js';
import { completeInputs, type CompiledWorkflow, type WorkflowLibrary } from '../definition/index.js';
import type { RunDetail, RunHistory, RunListFilter, RunRecord } from '../types.js';
import { definitionOf, findDefinition, type Definition } from './acceptance.js';
import { runHistory } from './history.js';
import type { JournalledRun } from './journal-rows.js';
import type { LiveRun } from './live-run.js';
import type { RunJournal } from './run-journal.js';
import { journalledRecord, liveRecord, runDetail, summaryOf } from './run-records.js';
import type { StepJournal } from './step-journal.js';

export interface RunViewParts {
  readonly runs: RunJournal;
  readonly steps: StepJournal;
  readonly contexts: ContextHooks;
  readonly library: ClipLibrary;
  /** What is in memory of an open run. */
  readonly live: (runId: string) => LiveRun | undefined;
  readonly documents: () => WorkflowLibrary;
}

const DEFAULT_LISTED_RUNS = 50;
const REMEMBERED_DEFINITIONS = 200;
/** What the journal stores was compiled here; only its outline is checked. */
const compiledSchema = z.looseObject({ format: z.int(), bodies: z.array(z.looseObject({})).min(1) });

/** What is known of runs, from memory where they are open, else from the journal. */
export class RunViews {
  private readonly definitions = new Map<string, Definition>();

  constructor(private readonly parts: RunViewParts) {}

  /** Throws GRYM_RUN_UNKNOWN. */
  journalled(runId: string): JournalledRun {
    const run = this.parts.runs.find(runId);
    if (run === undefined) throw new GrymError('GRYM_RUN_UNKNOWN', { runId });
    return run;
  }

  get(runId: string): RunRecord {
    const live = this.parts.live(runId);
    return live === undefined ? this.record(this.journalled(runId)) : this.ofLive(live);
  }

  ofLive(live: LiveRun): RunRecord {
    return liveRecord(live, (hash) => this.parts.library.pathOf(hash));
  }

  record(run: JournalledRun): RunRecord {
    const { steps, library } = this.parts;
    const summary =
      run.endedAtMs === null
        ? summaryOf(steps.ofRun(run.sequence))
        : { timings: steps.timings(run.sequence), explanation: [], waitingFor: null };
    return journalledRecord(run, summary, (hash) => library.pathOf(hash));
  }

  list({ state, workflow, onlyAskedFor = false, limit = DEFAULT_LISTED_RUNS }: RunListFilter): RunRecord[] {
    return this.parts.runs.list({ state: state ?? 'all', workflow: workflow ?? null, onlyAskedFor, limit }).map((run) => {
      const live = this.parts.live(run.runId);
      return live === undefined ? this.record(run) : this.ofLive(live);
    });
  }

  detail(runId: string): RunDetail {
    const run = this.journalled(runId);
    return runDetail(this.get(runId), this.parts.steps.ofRun(run.sequence));
  }

  history(runId: string): RunHistory {
    const run = this.journalled(runId);
    const definition = run.definitionHash === null ? null : this.definition(run);
    if (definition === null) throw new GrymError('GRYM_HISTORY_ABSENT', { runId });
    const context = this.parts.contexts.load({ runId, workflow: run.workflow, atMs: run.submittedAtMs });
    return runHistory(run, definition.compiled, this.parts.steps.ofRun(run.sequence), context);
  }

  /** Null where the definition is gone, which the journal does not let happen to an open run. */
  definition(run: JournalledRun): Definition | null {
    // The previous release knew one workflow only.
    if (run.definitionHash === null) return findDefinition(run.workflow, this.parts.documents());
    const known = this.definitions.get(run.definitionHash);
    if (known !== undefined) return known;
    const text = this.parts.runs.definition(run.definitionHash);
    if (text === undefined) return null;
    const definition = definitionOf(compiledSchema.parse(JSON.parse(text)) as unknown as CompiledWorkflow);
    this.definitions.set(run.definitionHash, definition);
    const oldest = this.definitions.keys().next();
    if (this.definitions.size > REMEMBERED_DEFINITIONS && !oldest.done) this.definitions.delete(oldest.value);
    return definition;
  }

  /** A run that the previous release accepted gets today's definition, once; its inputs. */
  adopt(run: JournalledRun, { compiled, hash, text }: Definition): JsonObject {
    if (run.definitionHash !== null) return run.inputs;
    const inputs = completeInputs(compiled, run.inputs);
    this.parts.runs.adopt(run.sequence, { hash, text, inputs });
    return inputs;
  }
}

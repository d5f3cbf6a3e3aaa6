import { isGrymError } from '../../../../daemon/kernel/index.js';
import type { RerunRequest, RunHandle, RunRecord, Workflow } from '../../../../daemon/workflow/index.js';
import { campaignAnswer, type CampaignRequest } from './campaign-requests.js';

/**
 * The people around the runs: answers what they ask, cancels what is to be cancelled, runs again what is to be run again. Knows
 * runs by their request keys only, so that a driver in a later process goes on where one that was killed stopped.
 */
export class CampaignDriver {
  private readonly byRunId = new Map<string, CampaignRequest>();
  private readonly open = new Set<string>();
  private settle: () => void = () => undefined;

  constructor(
    private readonly workflow: Workflow,
    private readonly told: { readonly accepted?: (key: string) => void; readonly cancelled?: (key: string) => void } = {},
  ) {
    workflow.onEvent(({ run }) => this.look(run));
  }

  /** Asks for the run, or finds the one that an earlier process asked for. */
  request(request: CampaignRequest): void {
    const { workflow, inputs, seed, priority, bridge, key } = request;
    const handle = this.workflow.run({ workflow, inputs, seed, priority, bridge, requestKey: key });
    handle.finished.catch(() => undefined);
    handle.settled.catch(() => undefined);
    this.follow(handle.runId, request);
  }

  /** Resolves when at most so many of the runs that were asked for, and of their re-runs, have not ended. */
  untilOpen(atMost: number): Promise<void> {
    return new Promise<void>((resolve) => {
      this.settle = () => {
        if (this.open.size <= atMost) resolve();
      };
      this.settle();
    });
  }

  private follow(runId: string, request: CampaignRequest): void {
    this.byRunId.set(runId, request);
    this.open.add(runId);
    this.told.accepted?.(request.key);
    this.look(this.workflow.get(runId));
  }

  private look(run: RunRecord): void {
    const request = this.byRunId.get(run.runId);
    if (request === undefined || !this.open.has(run.runId)) return;
    if (run.endedAtMs !== null) this.ended(run, request);
    else if (request.cancel === 'at-once' || (request.cancel === 'under-way' && run.step === 'wait'))
      this.later(run.runId, () => this.cancel(run.runId, request));
    else if (run.waitingFor?.kind === 'decision') this.later(run.runId, () => this.answer(run.runId, request));
  }

  private cancel(runId: string, { key }: CampaignRequest): void {
    if (this.workflow.cancel(runId)) this.told.cancelled?.(key);
  }

  private answer(runId: string, { key }: CampaignRequest): void {
    const { waitingFor } = this.workflow.get(runId);
    if (waitingFor?.kind !== 'decision') return;
    const options = waitingFor.options.map(({ id }) => id);
    this.workflow.decide(runId, waitingFor.path, [campaignAnswer(key, options)]);
  }

  private ended(run: RunRecord, { rerun, seed, priority, workflow }: CampaignRequest): void {
    if (rerun !== undefined && run.state === 'done') {
      this.later(run.runId, () => {
        const { key, from, params } = rerun;
        const handle = this.tryRerun({ runId: run.runId, from, params, requestKey: key });
        if (handle !== null) {
          handle.finished.catch(() => undefined);
          handle.settled.catch(() => undefined);
          this.follow(handle.runId, { key, seed, priority, workflow, inputs: run.inputs });
        }
        this.leave(run.runId);
      });
    } else this.leave(run.runId);
  }

  /** Null where the run is forgotten already; where nothing may be forgotten, the findings miss the re-run. */
  private tryRerun(request: RerunRequest): RunHandle | null {
    try {
      return this.workflow.rerun(request);
    } catch (error) {
      if (isGrymError(error, 'GRYM_RUN_UNKNOWN')) return null;
      throw error;
    }
  }

  private leave(runId: string): void {
    this.open.delete(runId);
    this.settle();
  }

  /** Events tell of a state; what is done about it comes afterwards, never from inside the engine's own turn. */
  private later(runId: string, work: () => void): void {
    setImmediate(() => {
      if (this.open.has(runId)) work();
    });
  }
}

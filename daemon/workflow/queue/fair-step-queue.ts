import type { QueuedStep, StepQueue } from './step-queue.js';

/** Within one flow: priority, deadline, acceptance, place in the graph. */
function comesBefore(a: QueuedStep, b: QueuedStep): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  const byDeadline = (a.deadlineAtMs ?? Infinity) - (b.deadlineAtMs ?? Infinity);
  if (byDeadline !== 0 && !Number.isNaN(byDeadline)) return byDeadline < 0;
  if (a.runSequence !== b.runSequence) return a.runSequence < b.runSequence;
  return a.position < b.position;
}

/** A binary heap of one flow's steps. */
class StepHeap {
  private readonly steps: QueuedStep[] = [];

  get size(): number {
    return this.steps.length;
  }

  get first(): QueuedStep | undefined {
    return this.steps[0];
  }

  add(step: QueuedStep): void {
    this.steps.push(step);
    this.rise(this.steps.length - 1);
  }

  take(): QueuedStep | undefined {
    const first = this.steps[0];
    const last = this.steps.pop();
    if (first !== undefined && last !== undefined && first !== last) {
      this.steps[0] = last;
      this.sink(0);
    }
    return first;
  }

  /** Number of steps taken out. */
  remove(runId: string): number {
    const left = this.steps.filter((step) => step.runId !== runId);
    const removed = this.steps.length - left.length;
    if (removed === 0) return 0;
    this.steps.length = 0;
    for (const step of left) this.add(step);
    return removed;
  }

  private swap(a: number, b: number): void {
    const step = this.steps[a];
    const other = this.steps[b];
    if (step === undefined || other === undefined) return;
    this.steps[a] = other;
    this.steps[b] = step;
  }

  private isBefore(a: number, b: number): boolean {
    const step = this.steps[a];
    const other = this.steps[b];
    return step !== undefined && other !== undefined && comesBefore(step, other);
  }

  private rise(index: number): void {
    for (let at = index; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(index: number): void {
    for (let at = index; ;) {
      const left = 2 * at + 1;
      const least = this.isBefore(left + 1, left) ? left + 1 : left;
      if (!this.isBefore(least, at)) return;
      this.swap(at, least);
      at = least;
    }
  }
}

interface Flow {
  readonly heap: StepHeap;
  /** Virtual time at which what it has taken so far is served. */
  finish: number;
}

// A step that costs next to nothing still takes a turn.
const LEAST_COST = 0.01;

/**
 * In this process. Flows share by start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): each step is tagged with the
 * virtual time at which its flow may be served again, and the least tag goes first; a flow that was idle begins at the present
 * virtual time, so it neither saves up a share nor pays for having waited. Priority and deadline come before fairness.
 */
export class FairStepQueue implements StepQueue {
  private readonly flows = new Map<string, Flow>();
  /** Steps of each run, so that a run without any costs nothing to remove. */
  private readonly runs = new Map<string, number>();
  private virtualTime = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(step: QueuedStep): void {
    let flow = this.flows.get(step.flow);
    if (flow === undefined) {
      flow = { heap: new StepHeap(), finish: 0 };
      this.flows.set(step.flow, flow);
    }
    flow.heap.add(step);
    this.count += 1;
    this.runs.set(step.runId, (this.runs.get(step.runId) ?? 0) + 1);
  }

  peek(): QueuedStep | undefined {
    return this.next()?.heap.first;
  }

  take(): QueuedStep | undefined {
    const flow = this.next();
    const step = flow?.heap.take();
    if (flow === undefined || step === undefined) return undefined;
    this.count -= 1;
    const left = (this.runs.get(step.runId) ?? 1) - 1;
    if (left > 0) this.runs.set(step.runId, left);
    else this.runs.delete(step.runId);
    const start = Math.max(this.virtualTime, flow.finish);
    this.virtualTime = start;
    flow.finish = start + Math.max(LEAST_COST, step.cost);
    this.forgetIdleFlows();
    return step;
  }

  remove(runId: string): void {
    if (!this.runs.delete(runId)) return;
    for (const flow of this.flows.values()) this.count -= flow.heap.remove(runId);
  }

  private next(): Flow | undefined {
    let best: { flow: Flow; step: QueuedStep; start: number } | undefined;
    for (const flow of this.flows.values()) {
      const step = flow.heap.first;
      if (step === undefined) continue;
      const start = Math.max(this.virtualTime, flow.finish);
      if (best === undefined || this.goesFirst({ step, start }, best)) best = { flow, step, start };
    }
    return best?.flow;
  }

  private goesFirst(a: { step: QueuedStep; start: number }, b: { step: QueuedStep; start: number }): boolean {
    const sameRank = a.step.priority === b.step.priority && a.step.deadlineAtMs === b.step.deadlineAtMs;
    if (sameRank && a.start !== b.start) return a.start < b.start;
    return comesBefore(a.step, b.step);
  }

  /** A flow without steps whose share is used up is as good as new. */
  private forgetIdleFlows(): void {
    for (const [name, flow] of this.flows) {
      if (flow.heap.size === 0 && flow.finish <= this.virtualTime) this.flows.delete(name);
    }
  }
}

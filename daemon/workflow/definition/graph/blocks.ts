import { GrymError, type JsonObject, type JsonValue } from '../../../kernel/index.js';
import type { ChooseNode, ParallelNode, RepeatNode, Sequence, StepNode, SubWorkflowNode } from '../compiled.js';
import { sizeOf } from '../expressions/work.js';
import { completeDeclared, shown } from '../inputs.js';
import { attempt, done, ordinal, type Outcome, type Place, type Run } from './node-run.js';
import type { Scope } from './scope.js';
import { evaluateCondition, evaluateTemplate, evaluateWith } from './template.js';

type Later = (outcome: Outcome) => void;

export function startStep(run: Run, node: StepNode, scope: Scope, place: Place, ended: Later): Outcome | null {
  const { path, position, branch } = place;
  const params = attempt(path, () => evaluateWith(node.with, scope, path));
  if ('failure' in params) return params.failure;
  const { step, attempts, deadlineMs, whenUnavailable } = node;
  run.offer({ path, position, scope: branch, step, params: params.value, attempts, deadlineMs, whenUnavailable }, (result) => {
    if (result.kind === 'failed') ended({ kind: 'failed', path, error: result.error });
    else ended(result.kind === 'done' ? handedOn(result.output, path) : done(null));
  });
  return null;
}

interface Branch {
  readonly label: string;
  readonly body: Sequence;
  readonly variable: JsonObject;
}

/** Size of what a step or the branches of a block hand on, as `sizeOf` counts: nothing of it is written, but all of it is kept. */
const MAXIMUM_OUTPUT_SIZE = 16_000_000;

const wrong = (path: string, reason: string): GrymError => new GrymError('GRYM_WORKFLOW_VALUE', { path, reason });

const tooLarge = (path: string, what: string): Outcome => ({
  kind: 'failed',
  path,
  error: wrong(path, `${what} is larger than ${MAXIMUM_OUTPUT_SIZE} bytes`).toWire(),
});

const handedOn = (output: JsonValue, path: string): Outcome =>
  sizeOf(output, MAXIMUM_OUTPUT_SIZE) > MAXIMUM_OUTPUT_SIZE ? tooLarge(path, 'the output of the step') : done(output);

function wholeNumber(value: JsonValue, path: string, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(path, `${what} must be a whole number from 0 on, got ${shown(value)}`);
}

function branchesOf(node: ParallelNode, scope: Scope, path: string): readonly Branch[] {
  const { over, atMost } = node;
  if (over.kind === 'branches') return over.branches.map(({ name, body }) => ({ label: name, body, variable: {} }));
  let values: readonly JsonValue[] | null = null;
  let count: number;
  if (over.kind === 'times') {
    count = wholeNumber(evaluateTemplate(over.count, scope, path), path, 'times');
  } else {
    const list = evaluateTemplate(over.list, scope, path);
    if (!Array.isArray(list)) throw wrong(path, `forEach must be a list, got ${shown(list)}`);
    values = list as readonly JsonValue[];
    count = values.length;
  }
  if (count > atMost) throw wrong(path, `it would start ${count} branches, at most ${atMost} are allowed`);
  return Array.from({ length: count }, (_, index) => ({
    label: String(index),
    body: over.body,
    variable: { index, number: index + 1, ...(values === null ? {} : { value: values[index] ?? null }) },
  }));
}

function joined(node: ParallelNode, branches: readonly Branch[], outcomes: readonly Outcome[], needed: number, path: string): Outcome {
  const ending = outcomes.find((outcome) => outcome.kind === 'failed' && outcome.endsRun === true);
  if (ending !== undefined) return ending;
  const succeeded = outcomes.flatMap((outcome) => (outcome.kind === 'done' ? [outcome.output] : []));
  if (succeeded.length < needed) {
    // The first in the order of the graph, whichever was first in time.
    const failed = outcomes.find((outcome) => outcome.kind === 'failed');
    if (failed !== undefined) return failed;
    const error = wrong(path, `it needs ${needed} branches to succeed and has only ${branches.length}`).toWire();
    return { kind: 'failed', path, error };
  }
  if (node.over.kind !== 'branches') return done(succeeded);
  const outputs = branches.map(({ label }, index) => {
    const outcome = outcomes[index];
    return [label, outcome?.kind === 'done' ? outcome.output : null] as const;
  });
  return done(Object.fromEntries(outputs));
}

/**
 * All branches are carried to their end, also where one has failed: so what has run does not depend on which was faster, and a
 * run that is made again shares what the others have achieved.
 */
export function startParallel(run: Run, node: ParallelNode, scope: Scope, place: Place, ended: Later): Outcome | null {
  const { path, position } = place;
  const planned = attempt(path, () => {
    const branches = branchesOf(node, scope, path);
    const needed = node.atLeast === null ? branches.length : wholeNumber(evaluateTemplate(node.atLeast, scope, path), path, 'atLeast');
    return { branches, needed };
  });
  if ('failure' in planned) return planned.failure;
  const { branches, needed } = planned.value;

  const outcomes: Outcome[] = [];
  let open = branches.length;
  let size = 0;
  // What is left is divided among all before any of it is taken.
  const pools = branches.map(() => scope.pool.part(branches.length));
  const conclude = (): Outcome => {
    for (const pool of pools) scope.pool.join(pool);
    return size > MAXIMUM_OUTPUT_SIZE ? tooLarge(path, 'what the branches hand on') : joined(node, branches, outcomes, needed, path);
  };
  const branchEnded = (index: number, outcome: Outcome): void => {
    if (outcome.kind === 'done' && size <= MAXIMUM_OUTPUT_SIZE) size += sizeOf(outcome.output, MAXIMUM_OUTPUT_SIZE);
    // The sum does not depend on the order; once it is too large, nothing of it is needed.
    if (size > MAXIMUM_OUTPUT_SIZE) outcomes.length = 0;
    else outcomes[index] = outcome;
    open -= 1;
  };
  for (const [index, { label, body, variable }] of branches.entries()) {
    const branch = `${path}[${label}]`;
    const share = place.share.part(1 / branches.length);
    const inner = scope.inside(node.as === null ? null : { name: node.as, value: variable }, pools[index]);
    const at: Place = { path: branch, position: `${position}.${ordinal(index)}`, branch, share };
    const outcome = run.start(body, inner, at, (late) => {
      share.finish();
      branchEnded(index, late);
      if (open === 0) ended(conclude());
    });
    if (outcome !== null) branchEnded(index, outcome);
  }
  return open === 0 ? conclude() : null;
}

export function startRepeat(run: Run, node: RepeatNode, scope: Scope, place: Place, ended: Later): Outcome | null {
  const { path, position } = place;
  let passes = 0;
  let previous: JsonValue = null;

  /** How the whole came out, if this pass was the last one; null = once more. */
  const judge = (inner: Scope, outcome: Outcome): Outcome | null => {
    if (outcome.kind === 'failed') return outcome;
    const satisfied = attempt(path, () => evaluateCondition(node.until, inner, path));
    if ('failure' in satisfied) return satisfied.failure;
    previous = outcome.output;
    passes += 1;
    if (!satisfied.value && passes < node.atMost) return null;
    return done({ output: previous, passes, satisfied: satisfied.value });
  };
  const goOn = (): Outcome | null => {
    for (;;) {
      const variable = { index: passes, number: passes + 1, previous };
      const inner = scope.inside(node.as === null ? null : { name: node.as, value: variable });
      const share = place.share.part(1 / node.atMost);
      const at: Place = { ...place, path: `${path}[${passes}]`, position: `${position}.${ordinal(passes)}`, share };
      const outcome = run.start(node.body, inner, at, (late) => {
        share.finish();
        const end = judge(inner, late) ?? goOn();
        if (end !== null) ended(end);
      });
      if (outcome === null) return null;
      const end = judge(inner, outcome);
      if (end !== null) return end;
    }
  };
  return goOn();
}

export function startChoose(run: Run, node: ChooseNode, scope: Scope, place: Place, ended: Later): Outcome | null {
  const { path, position } = place;
  for (const [index, { when, body }] of node.options.entries()) {
    const holds = attempt(path, () => when === null || evaluateCondition(when, scope, path));
    if ('failure' in holds) return holds.failure;
    if (!holds.value) continue;
    const at: Place = { ...place, path: `${path}[${index}]`, position: `${position}.${ordinal(index)}` };
    return run.start(body, scope.inside(), at, ended);
  }
  return done(null);
}

export function startSubWorkflow(run: Run, node: SubWorkflowNode, scope: Scope, place: Place, ended: Later): Outcome | null {
  const { path } = place;
  const body = run.bodies[node.body];
  if (body === undefined) throw new GrymError('GRYM_INTERNAL', { reason: `${path} names a workflow that its definition lacks` });
  const inputs = attempt(path, () => completeDeclared(body.name, body.inputs, evaluateWith(node.with, scope, path)));
  if ('failure' in inputs) return inputs.failure;
  return run.start(body.sequence, scope.withInputs(inputs.value), place, ended);
}

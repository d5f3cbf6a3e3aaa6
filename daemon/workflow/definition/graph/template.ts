import { GrymError, type JsonObject, type JsonValue } from '../../../kernel/index.js';
import type { CompiledWorkflow, Template } from '../compiled.js';
import { compileExpression, type Evaluator, type ExpressionScope } from '../expressions/evaluate.js';
import { ExpressionError } from '../expressions/parse.js';
import { MAXIMUM_VALUE_SIZE, sizeOf, TooMuchWork, Work, WORK_OF_EVALUATION, type WorkPool } from '../expressions/work.js';
import { shown } from '../inputs.js';

/** Compiled expressions of one definition, by their text. */
export type Programs = Map<string, Evaluator>;

const programs = new WeakMap<CompiledWorkflow, Programs>();

/** Each expression of a definition is compiled once, whatever runs of it there are; how many it may have was bounded when it was read. */
export function programsOf(compiled: CompiledWorkflow): Programs {
  let known = programs.get(compiled);
  if (known === undefined) {
    known = new Map();
    programs.set(compiled, known);
  }
  return known;
}

/** What evaluation needs beside what expressions see. */
export interface EvaluationScope extends ExpressionScope {
  readonly programs: Programs;
  /** What of the run's work is left here. */
  readonly pool: WorkPool;
}

function evaluatorOf(source: string, known: Programs): Evaluator {
  let evaluator = known.get(source);
  if (evaluator === undefined) {
    evaluator = compileExpression(source);
    known.set(source, evaluator);
  }
  return evaluator;
}

/** `source`: what the error shows of the document. */
function asGrymError(error: unknown, source: string, path: string): unknown {
  if (!(error instanceof ExpressionError || error instanceof TooMuchWork)) return error;
  // What belongs to no step makes the outputs of the workflow.
  const owner = path === '' ? 'the outputs' : path;
  return new GrymError('GRYM_WORKFLOW_EXPRESSION', { expression: source.trim(), path: owner, reason: error.message }, { cause: error });
}

function evaluate(source: string, scope: EvaluationScope, path: string, work: Work): JsonValue {
  try {
    return evaluatorOf(source, scope.programs)(scope, work);
  } catch (error) {
    throw asGrymError(error, source, path);
  }
}

/** `path`: of what the expression belongs to, for the error. */
export const evaluateExpression = (source: string, scope: EvaluationScope, path: string): JsonValue =>
  evaluateTemplate({ expression: source }, scope, path);

function interpolated(source: string, scope: EvaluationScope, path: string, work: Work): string {
  const value = evaluate(source, scope, path, work);
  try {
    return value === null ? '' : work.textOf(value);
  } catch (error) {
    throw asGrymError(error, source, path);
  }
}

function textOf(parts: readonly (string | { readonly expression: string })[], scope: EvaluationScope, path: string, work: Work): string {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') work.characters(part.length);
    text += typeof part === 'string' ? part : interpolated(part.expression, scope, path, work);
  }
  return text;
}

function valueOf(template: Template, scope: EvaluationScope, path: string, work: Work): JsonValue {
  if ('literal' in template) return template.literal;
  if ('expression' in template) return evaluate(template.expression, scope, path, work);
  if ('text' in template) return textOf(template.text, scope, path, work);
  if ('list' in template) {
    work.spend(template.list.length);
    return template.list.map((entry) => valueOf(entry, scope, path, work));
  }
  const entries = Object.entries(template.object);
  work.spend(entries.length);
  return Object.fromEntries(entries.map(([name, entry]) => [name, valueOf(entry, scope, path, work)]));
}

/** The first expression of a value, to tell which is meant. */
function firstExpression(template: Template): string | null {
  if ('literal' in template) return null;
  if ('expression' in template) return template.expression;
  const parts = 'text' in template ? template.text : 'list' in template ? template.list : Object.values(template.object);
  for (const part of parts) {
    const found = typeof part === 'string' ? null : firstExpression(part);
    if (found !== null) return found;
  }
  return null;
}

const tooLarge = (template: Template, path: string): GrymError =>
  new GrymError('GRYM_WORKFLOW_EXPRESSION', {
    expression: (firstExpression(template) ?? '').trim(),
    path,
    reason: `its value is larger than ${MAXIMUM_VALUE_SIZE} bytes, or nested too deeply`,
  });

/**
 * Computes a value within the work that one evaluation and the run may do. Values that are handed on are bounded in size: else
 * passes that double their value would soon fill the memory.
 */
function within<Value extends JsonValue>(template: Template, scope: EvaluationScope, path: string, compute: (work: Work) => Value): Value {
  const work = new Work(scope.pool);
  try {
    work.spend(WORK_OF_EVALUATION);
    const value = compute(work);
    const size = sizeOf(value, MAXIMUM_VALUE_SIZE);
    if (size > MAXIMUM_VALUE_SIZE) throw tooLarge(template, path);
    work.measured(size);
    work.finish();
    return value;
  } catch (error) {
    const told = asGrymError(error, firstExpression(template) ?? '', path);
    if (told instanceof GrymError) work.fail();
    else work.finish();
    throw told;
  }
}

const plainOf = (fields: Readonly<Record<string, Template>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, field]) => ('literal' in field ? [[name, field.literal] as const] : [])));

/** All expressions of one value share the work that one evaluation may do. */
export function evaluateTemplate(template: Template, scope: EvaluationScope, path: string): JsonValue {
  if ('literal' in template) return template.literal;
  // Only of a workflow's outputs, where there are none or all are plain values, is a map left in its parts.
  if ('object' in template && firstExpression(template) === null) return plainOf(template.object);
  return within(template, scope, path, (work) => valueOf(template, scope, path, work));
}

/**
 * The `with:` of a step or a sub-workflow. A parameter whose expression comes to null counts as not given, so that optional
 * inputs can be handed on and the context may fill them.
 */
export function evaluateWith(templates: Readonly<Record<string, Template>>, scope: EvaluationScope, path: string): JsonObject {
  const entries = Object.entries(templates);
  const compute = (value: (template: Template) => JsonValue): JsonObject =>
    Object.fromEntries(
      entries.flatMap(([name, template]) => {
        if ('literal' in template) return [[name, template.literal] as const];
        const given = value(template);
        return given === null ? [] : [[name, given] as const];
      }),
    );
  if (entries.every(([, template]) => 'literal' in template)) return plainOf(templates);
  return within({ object: templates }, scope, path, (work) => compute((template) => valueOf(template, scope, path, work)));
}

export function evaluateCondition(source: string, scope: EvaluationScope, path: string): boolean {
  const value = evaluateExpression(source, scope, path);
  if (typeof value === 'boolean') return value;
  throw new GrymError('GRYM_WORKFLOW_EXPRESSION', {
    expression: source.trim(),
    path,
    reason: `it is a condition, and its value ${shown(value)} is neither true nor false`,
  });
}

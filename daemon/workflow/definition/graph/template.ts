import { GrymError, type JsonObject, type JsonValue } from '../../../kernel/index.js';
import type { Template } from '../compiled.js';
import { compileExpression, type Evaluator, type ExpressionScope } from '../expressions/evaluate.js';
import { ExpressionError } from '../expressions/parse.js';
import { MAXIMUM_VALUE_SIZE, sizeOf, TooMuchWork, Work } from '../expressions/work.js';
import { shown } from '../inputs.js';

// The same few expressions are evaluated by every run; far more than the library holds.
const MAXIMUM_COMPILED = 20_000;
const compiled = new Map<string, Evaluator>();

function evaluatorOf(source: string): Evaluator {
  let evaluator = compiled.get(source);
  if (evaluator === undefined) {
    evaluator = compileExpression(source);
    if (compiled.size >= MAXIMUM_COMPILED) compiled.clear();
    compiled.set(source, evaluator);
  }
  return evaluator;
}

/** `source`: what the error shows of the document. */
function asGrymError(error: unknown, source: string, path: string): unknown {
  if (!(error instanceof ExpressionError || error instanceof TooMuchWork)) return error;
  return new GrymError('GRYM_WORKFLOW_EXPRESSION', { expression: source.trim(), path, reason: error.message }, { cause: error });
}

function evaluate(source: string, scope: ExpressionScope, path: string, work: Work): JsonValue {
  try {
    return evaluatorOf(source)(scope, work);
  } catch (error) {
    throw asGrymError(error, source, path);
  }
}

/** `path`: of what the expression belongs to, for the error. */
export const evaluateExpression = (source: string, scope: ExpressionScope, path: string): JsonValue =>
  evaluateTemplate({ expression: source }, scope, path);

function interpolated(source: string, scope: ExpressionScope, path: string, work: Work): string {
  const value = evaluate(source, scope, path, work);
  try {
    return value === null ? '' : work.textOf(value);
  } catch (error) {
    throw asGrymError(error, source, path);
  }
}

function valueOf(template: Template, scope: ExpressionScope, path: string, work: Work): JsonValue {
  if ('literal' in template) return template.literal;
  if ('expression' in template) return evaluate(template.expression, scope, path, work);
  if ('text' in template) {
    return template.text.map((part) => (typeof part === 'string' ? part : interpolated(part.expression, scope, path, work))).join('');
  }
  if ('list' in template) return template.list.map((entry) => valueOf(entry, scope, path, work));
  return Object.fromEntries(Object.entries(template.object).map(([name, entry]) => [name, valueOf(entry, scope, path, work)]));
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

/** Values that are handed on are bounded: else passes that double their value would soon fill the memory. */
function bounded<Value extends JsonValue>(value: Value, template: Template, path: string): Value {
  if (sizeOf(value, MAXIMUM_VALUE_SIZE) <= MAXIMUM_VALUE_SIZE) return value;
  throw new GrymError('GRYM_WORKFLOW_EXPRESSION', {
    expression: (firstExpression(template) ?? '').trim(),
    path,
    reason: `its value is larger than ${MAXIMUM_VALUE_SIZE} bytes, or nested too deeply`,
  });
}

/** All expressions of one value share the work that one evaluation may do. */
export function evaluateTemplate(template: Template, scope: ExpressionScope, path: string): JsonValue {
  if ('literal' in template) return template.literal;
  return bounded(valueOf(template, scope, path, new Work()), template, path);
}

/**
 * The `with:` of a step or a sub-workflow. A parameter whose expression comes to null counts as not given, so that optional
 * inputs can be handed on and the context may fill them.
 */
export function evaluateWith(templates: Readonly<Record<string, Template>>, scope: ExpressionScope, path: string): JsonObject {
  const work = new Work();
  const given = Object.entries(templates).flatMap(([name, template]) => {
    const value = valueOf(template, scope, path, work);
    return value !== null || 'literal' in template ? [[name, value] as const] : [];
  });
  const template = { object: templates };
  return firstExpression(template) === null ? Object.fromEntries(given) : bounded(Object.fromEntries(given), template, path);
}

export function evaluateCondition(source: string, scope: ExpressionScope, path: string): boolean {
  const value = evaluateExpression(source, scope, path);
  if (typeof value === 'boolean') return value;
  throw new GrymError('GRYM_WORKFLOW_EXPRESSION', {
    expression: source.trim(),
    path,
    reason: `it is a condition, and its value ${shown(value)} is neither true nor false`,
  });
}

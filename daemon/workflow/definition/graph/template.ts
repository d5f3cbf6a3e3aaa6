import { GrymError, type JsonObject, type JsonValue } from '../../../kernel/index.js';
import type { Template } from '../compiled.js';
import { compileExpression, type Evaluator, type ExpressionScope } from '../expressions/evaluate.js';
import { ExpressionError } from '../expressions/parse.js';

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

/** `path`: of what the expression belongs to, for the error. */
export function evaluateExpression(source: string, scope: ExpressionScope, path: string): JsonValue {
  try {
    return evaluatorOf(source)(scope);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new GrymError('GRYM_WORKFLOW_EXPRESSION', { expression: source.trim(), path, reason: error.message }, { cause: error });
  }
}

const interpolated = (value: JsonValue): string => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value));

export function evaluateTemplate(template: Template, scope: ExpressionScope, path: string): JsonValue {
  if ('literal' in template) return template.literal;
  if ('expression' in template) return evaluateExpression(template.expression, scope, path);
  if ('text' in template) {
    return template.text
      .map((part) => (typeof part === 'string' ? part : interpolated(evaluateExpression(part.expression, scope, path))))
      .join('');
  }
  if ('list' in template) return template.list.map((entry) => evaluateTemplate(entry, scope, path));
  return Object.fromEntries(Object.entries(template.object).map(([name, entry]) => [name, evaluateTemplate(entry, scope, path)]));
}

/**
 * The `with:` of a step or a sub-workflow. A parameter whose expression comes to null counts as not given, so that optional
 * inputs can be handed on and the context may fill them.
 */
export function evaluateWith(templates: Readonly<Record<string, Template>>, scope: ExpressionScope, path: string): JsonObject {
  const given = Object.entries(templates).flatMap(([name, template]) => {
    const value = evaluateTemplate(template, scope, path);
    return value !== null || 'literal' in template ? [[name, value] as const] : [];
  });
  return Object.fromEntries(given);
}

export function evaluateCondition(source: string, scope: ExpressionScope, path: string): boolean {
  const value = evaluateExpression(source, scope, path);
  if (typeof value === 'boolean') return value;
  throw new GrymError('GRYM_WORKFLOW_EXPRESSION', {
    expression: source.trim(),
    path,
    reason: `it is a condition, and its value ${JSON.stringify(value)} is neither true nor false`,
  });
}

import { GrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { CompiledWorkflow, InputDeclaration, InputType } from './compiled.js';
import { withSuggestion } from './suggest.js';

type Bounds = Omit<InputDeclaration, 'help' | 'optional' | 'default'>;

const KINDS: Readonly<Record<InputType, string>> = {
  text: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  clip: 'a clip (its hash, or the first 4 or more characters of it)',
  choice: 'one of its options',
  list: 'a list',
};

const isOfType = (value: JsonValue, type: InputType): boolean => {
  switch (type) {
    case 'text':
    case 'choice':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'clip':
      return typeof value === 'string' && /^[0-9a-fA-F]{4,64}$/.test(value);
    case 'list':
      return Array.isArray(value);
  }
};

function measured(value: JsonValue, type: InputType): { readonly size: number; readonly unit: string } {
  if (type === 'list') return { size: (value as readonly JsonValue[]).length, unit: ' entries' };
  if (type === 'text') return { size: [...(value as string)].length, unit: ' characters' };
  return { size: value as number, unit: '' };
}

export const shown = (value: JsonValue): string => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

/** What is wrong with a value for an input; null where it fits. Null values are the caller's affair. */
export function inputProblem(value: JsonValue, declared: Bounds): { readonly expected: string; readonly got: string } | null {
  const { type, minimum, maximum, options, of } = declared;
  if (!isOfType(value, type)) return { expected: KINDS[type], got: shown(value) };
  if (type === 'choice' && options !== undefined && !options.includes(value as string)) {
    return { expected: `one of ${options.join(', ')}`, got: shown(value) };
  }
  if (minimum !== undefined || maximum !== undefined) {
    const { size, unit } = measured(value, type);
    if (minimum !== undefined && size < minimum) return { expected: `at least ${minimum}${unit}`, got: `${size}${unit}` };
    if (maximum !== undefined && size > maximum) return { expected: `at most ${maximum}${unit}`, got: `${size}${unit}` };
  }
  if (type === 'list' && of !== undefined) {
    for (const [index, entry] of (value as readonly JsonValue[]).entries()) {
      const problem = inputProblem(entry, { type: of });
      if (problem !== null) return { expected: `entry ${index + 1} to be ${problem.expected}`, got: problem.got };
    }
  }
  return null;
}

type Declarations = Readonly<Record<string, InputDeclaration>>;

function problemsOf(declarations: Declarations, given: JsonObject): string[] {
  const problems: string[] = [];
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declarations, name)) problems.push(withSuggestion(`It has no input "${name}"`, name, Object.keys(declarations)));
  }
  for (const [name, declared] of Object.entries(declarations)) {
    const value = Object.hasOwn(given, name) ? (given[name] ?? null) : undefined;
    if (value === undefined || value === null) {
      if (declared.default === undefined && !declared.optional) problems.push(`The input "${name}" is missing: ${KINDS[declared.type]}.`);
      continue;
    }
    const problem = inputProblem(value, declared);
    if (problem !== null) problems.push(`The input "${name}" must be ${problem.expected}, got ${problem.got}.`);
  }
  return problems;
}

/** Inputs with their defaults; null counts as not given. Throws GRYM_WORKFLOW_INPUTS. */
export function completeDeclared(workflow: string, declarations: Declarations, given: JsonObject): JsonObject {
  const problems = problemsOf(declarations, given);
  if (problems.length > 0) throw new GrymError('GRYM_WORKFLOW_INPUTS', { workflow, problems: problems.join(' ') });
  const complete: Record<string, JsonValue> = {};
  for (const [name, declared] of Object.entries(declarations)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    complete[name] = value ?? declared.default ?? null;
  }
  return complete;
}

export function completeInputs(compiled: CompiledWorkflow, given: JsonObject): JsonObject {
  const [main] = compiled.bodies;
  if (main === undefined) throw new GrymError('GRYM_INTERNAL', { reason: 'a compiled workflow without a body' });
  return completeDeclared(main.name, main.inputs, given);
}

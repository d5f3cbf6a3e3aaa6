import type { InputDeclaration } from '../compiled.js';
import { ANY, BOOLEAN, listOf, mapOf, nullable, NUMBER, TEXT, type Type } from '../expressions/types.js';
import { inputProblem } from '../inputs.js';
import { nearest } from '../suggest.js';
import { inputForm, LIMITS, NAME_PATTERN } from './document-schema.js';
import { checkName, readField, readForm } from './forms.js';
import type { Range } from './source.js';
import { shapeOf, type Entry, type Walker } from './yaml.js';

type Declarations = Record<string, InputDeclaration>;

function baseType({ type, of, options }: InputDeclaration): Type {
  switch (type) {
    case 'number':
    case 'integer':
      return NUMBER;
    case 'boolean':
      return BOOLEAN;
    case 'choice':
      return options === undefined ? TEXT : { kind: 'text', options };
    case 'list':
      return listOf(of === undefined ? ANY : baseType({ type: of, help: '', optional: false }));
    case 'text':
    case 'clip':
      return TEXT;
  }
}

export const typeOfInput = (declared: InputDeclaration): Type => (declared.optional ? nullable(baseType(declared)) : baseType(declared));

export const typeOfInputs = (inputs: Readonly<Record<string, InputDeclaration>>): Type =>
  mapOf(Object.fromEntries(Object.entries(inputs).map(([name, declared]) => [name, typeOfInput(declared)])));

const MEASURED = ['text', 'number', 'integer', 'list'];

/** Keys of an input that only some types have. */
function checkKeys(walker: Walker, entries: ReadonlyMap<string, Entry>, type: string, where: string, around: Range): void {
  const only: readonly (readonly [key: string, types: readonly string[]])[] = [
    ['minimum', MEASURED],
    ['maximum', MEASURED],
    ['options', ['choice']],
    ['of', ['list']],
  ];
  for (const [key, types] of only) {
    const entry = entries.get(key);
    if (entry === undefined || types.includes(type)) continue;
    const problem = {
      where: `${where}.${key}`,
      what: `An input of the type ${type} has no "${key}"`,
      expected: `"${key}" only with ${types.join(', ')}`,
    };
    walker.report(entry.key, { ...problem, got: key, advice: `remove "${key}:"` });
  }
  const needed = type === 'choice' ? 'options' : type === 'list' ? 'of' : null;
  if (needed === null || entries.has(needed)) return;
  const problem = {
    where,
    what: `An input of the type ${type} needs "${needed}"`,
    expected: `${needed}: ${inputForm.shape[needed].unwrap().description ?? ''}`,
  };
  walker.report(around, { ...problem, got: [...entries.keys()].join(', '), advice: `add "${needed}:"` });
}

function checkDefault(walker: Walker, entry: Entry | undefined, declared: InputDeclaration, where: string): void {
  if (entry === undefined) return;
  if (declared.default === null || declared.default === undefined) {
    if (declared.optional) return;
    const problem = {
      where,
      what: 'The default has no value',
      expected: 'a value, or "optional: true" in its place',
      got: shapeOf(entry.value),
    };
    return walker.report(entry.range, { ...problem, advice: 'write "optional: true" instead of "default:"' });
  }
  const problem = inputProblem(declared.default, declared);
  if (problem === null) return;
  const word =
    typeof declared.default === 'string' ? nearest(declared.default, declared.options ?? []) : bounded(declared.default, declared);
  walker.report(entry.range, { where, what: 'The default does not fit its input', ...problem, suggestion: word });
}

function bounded(value: unknown, { minimum, maximum }: InputDeclaration): string | null {
  if (typeof value !== 'number') return null;
  if (minimum !== undefined && value < minimum) return String(minimum);
  return maximum !== undefined && value > maximum ? String(maximum) : null;
}

function readInput(walker: Walker, entry: Entry, where: string): InputDeclaration | null {
  const fields = walker.map(entry.value, where, entry.key, 'a map with type, help and so on');
  if (fields === null) return null;
  const form = readForm(walker, inputForm, fields, where, entry.key);
  const { shape } = inputForm;
  const type = readField(walker, shape.type, form.get('type'), `${where}.type`);
  const help = readField(walker, shape.help, form.get('help'), `${where}.help`);
  const optional = readField(walker, shape.optional, form.get('optional'), `${where}.optional`);
  const minimum = readField(walker, shape.minimum, form.get('minimum'), `${where}.minimum`);
  const maximum = readField(walker, shape.maximum, form.get('maximum'), `${where}.maximum`);
  const options = readField(walker, shape.options, form.get('options'), `${where}.options`);
  const of = readField(walker, shape.of, form.get('of'), `${where}.of`);
  const given = form.get('default');
  const declared: InputDeclaration = {
    type: type ?? 'text',
    help: help ?? '',
    optional: optional ?? false,
    ...(given === undefined ? {} : { default: walker.plain(given.value, `${where}.default`, given.range) }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...(options === undefined ? {} : { options }),
    ...(of === undefined ? {} : { of }),
  };
  if (type === undefined) return null;
  checkKeys(walker, form, type, where, entry.key);
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    const at = form.get('minimum')?.range ?? entry.key;
    walker.report(at, {
      where: `${where}.minimum`,
      what: 'No value is left between the bounds',
      expected: `at most ${maximum}`,
      got: String(minimum),
      suggestion: String(maximum),
    });
  } else {
    checkDefault(walker, given, declared, `${where}.default`);
  }
  return declared;
}

export function readInputs(walker: Walker, entry: Entry | undefined): { readonly inputs: Declarations; readonly type: Type } {
  if (entry === undefined) return { inputs: {}, type: mapOf({}) };
  const inputs: (readonly [string, InputDeclaration])[] = [];
  const types: (readonly [string, Type])[] = [];
  const entries = walker.map(entry.value, 'inputs', entry.key, 'a map of inputs by name') ?? [];
  for (const input of entries) {
    const where = `inputs.${input.name}`;
    checkName(walker, NAME_PATTERN, input, where);
    const declared = readInput(walker, input, where);
    // One with a mistake is still known by its name.
    types.push([input.name, declared === null ? ANY : typeOfInput(declared)]);
    if (declared !== null) inputs.push([input.name, declared]);
  }
  if (entries.length > LIMITS.inputs) {
    walker.report(entry.key, {
      where: 'inputs',
      what: 'There are too many inputs',
      expected: `at most ${LIMITS.inputs}`,
      got: String(entries.length),
    });
  }
  return { inputs: Object.fromEntries(inputs), type: mapOf(Object.fromEntries(types)) };
}

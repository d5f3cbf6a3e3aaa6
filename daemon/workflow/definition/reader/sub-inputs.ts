import type { InputDeclaration } from '../compiled.js';
import { describe, mayBe, NULL, withoutNull } from '../expressions/types.js';
import { inputProblem } from '../inputs.js';
import { nearest } from '../suggest.js';
import { typeOfInput } from './read-inputs.js';
import type { Range } from './source.js';
import type { ReadValue } from './values.js';
import type { Walker } from './yaml.js';

/** What is handed to a sub-workflow, against the inputs it declares. */
export function checkSubInputs(
  walker: Walker,
  inputs: Readonly<Record<string, InputDeclaration>>,
  values: ReadonlyMap<string, { readonly key: Range; readonly value: ReadValue }>,
  where: string,
  around: Range,
  name: string,
): void {
  const known = Object.keys(inputs);
  for (const [input, { key, value }] of values) {
    const declared = Object.hasOwn(inputs, input) ? inputs[input] : undefined;
    const at = `${where}.${input}`;
    if (declared === undefined) {
      const expected = known.length === 0 ? 'no inputs' : `one of ${known.join(', ')}`;
      walker.report(key, {
        where: at,
        what: `The workflow ${name} has no input "${input}"`,
        expected,
        got: input,
        suggestion: nearest(input, known),
      });
      continue;
    }
    if ('literal' in value.template) {
      const { literal } = value.template;
      const problem = literal === null ? null : inputProblem(literal, declared);
      const suggestion = typeof literal === 'string' ? nearest(literal, declared.options ?? []) : null;
      if (problem !== null) walker.report(value.range, { where: at, what: 'The value does not fit the input', ...problem, suggestion });
      continue;
    }
    const given = withoutNull(value.type);
    const expected = typeOfInput({ ...declared, optional: false });
    if (given.kind === NULL.kind || mayBe(given, expected)) continue;
    walker.report(value.range, {
      where: at,
      what: 'The value has the wrong type',
      expected: describe(expected),
      got: describe(value.type),
    });
  }
  for (const [input, declared] of Object.entries(inputs)) {
    if (values.has(input) || declared.optional || declared.default !== undefined) continue;
    const got = values.size === 0 ? 'no inputs' : [...values.keys()].join(', ');
    const expected = `${input}: ${describe(typeOfInput(declared))}${declared.help === '' ? '' : ` (${declared.help})`}`;
    walker.report(around, {
      where,
      what: `The workflow ${name} needs the input "${input}"`,
      expected,
      got,
      advice: `add "${input}:" under "with:"`,
    });
  }
}

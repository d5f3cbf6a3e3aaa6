import type { JsonObject } from '../../../../daemon/kernel/index.js';
import { grammarOf } from '../../../../daemon/models/llama/json-grammar.js';

/** The one rule of a grammar of numbers as a regular expression: GBNF writes both alike but for quotation marks and blanks. */
function numbersOf(schema: JsonObject): RegExp {
  const body = /^(?:integer|number)-0 ::= (.*)$/m.exec(grammarOf(schema))?.[1] ?? '';
  return new RegExp(`^(?:${body.replaceAll('"."', '\\.').replaceAll('"', '').replaceAll(' ', '')})$`);
}

it.each([
  [0, 15],
  [1, 64],
  [20, 400],
  [1, 1_000],
  [0, 65_536],
  [-60, 0],
  [-20, 35],
  [99, 101],
  [7, 7],
])('whole numbers from %i to %i are taken, and no others', (minimum, maximum) => {
  const pattern = numbersOf({ type: 'integer', minimum, maximum });
  for (let number = minimum - 200; number <= maximum + 1_200; number += 1) {
    if (pattern.test(String(number)) !== (number >= minimum && number <= maximum)) throw new Error(`${number} is on the wrong side`);
  }
  expect(pattern.test('007')).toBe(maximum === -1);
});

it('numbers have decimals within their bounds, and no exponents', () => {
  const share = numbersOf({ type: 'number', minimum: 0, maximum: 1 });
  expect(['0', '1', '0.5', '0.1234'].every((text) => share.test(text))).toBe(true);
  expect(['1.5', '2', '-0.5', '1e9', '.5', '0.', '00.5'].some((text) => share.test(text))).toBe(false);
  const loudness = numbersOf({ type: 'number', minimum: -60, maximum: 0 });
  expect(['-60', '-14.5', '0', '-59.9999'].every((text) => loudness.test(text))).toBe(true);
  expect(['-60.5', '1', '0.5', '-61'].some((text) => loudness.test(text))).toBe(false);
});

it('equal parts are one rule, and definitions are followed', () => {
  const name = { type: 'string', maxLength: 8 };
  const grammar = grammarOf({
    type: 'object',
    properties: { a: { $ref: '#/$defs/name' }, b: name, c: { anyOf: [name, { type: 'null' }] } },
    $defs: { name },
  });
  expect(grammar.match(/\{0,8\}/g)).toHaveLength(1);
});

it('text of the schema cannot leave its place in the grammar', () => {
  const grammar = grammarOf({ enum: ['a" | "b', 'back\\slash', 'line\nbreak'] });
  expect(grammar.split('\n').filter((line) => line.includes('::='))).toHaveLength(2);
  expect(grammar).toContain(String.raw`"\"a\\\" | \\\"b\""`);
});

it.each([
  ['a type that it does not know', { type: 'date' }],
  ['no type at all', {}],
  ['an empty range', { type: 'integer', minimum: 3, maximum: 2 }],
  ['a definition that is not there', { $ref: '#/$defs/nobody' }],
  ['a definition that holds itself', { $ref: '#/$defs/self', $defs: { self: { $ref: '#/$defs/self' } } }],
])('%s is refused', (_what, schema) => expect(() => grammarOf(schema as JsonObject)).toThrow(Error));

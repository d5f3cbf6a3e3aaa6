import { namedValues } from '../../../daemon/actions/json-parameters.js';

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

test.each<[string, unknown]>([
  ['plain values', { a: 1, b: 'x', c: null, d: [true, { e: [] }] }],
  ['twelve levels', { a: nested(12) }],
])('%s are taken', (_, value) => {
  expect(namedValues.safeParse(value).success).toBe(true);
});

test.each<[string, unknown]>([
  ['thirteen levels', { a: nested(13) }],
  ['a quarter of a million levels', { a: JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown }],
  ['a date', { a: new Date(0) }],
  ['bytes', { a: new Uint8Array(4) }],
  ['no number', { a: [Number.NaN] }],
  ['a name without letters', { '': 1 }],
  ['a list', ['a']],
])('%s are refused, not crashed on', (_, value) => {
  expect(namedValues.safeParse(value).success).toBe(false);
});

import { findJsonObject } from '../../../../daemon/models/chat/index.js';
import { processorMs } from '../../doubles/processor-time.js';

const FOUND: readonly (readonly [title: string, text: string, object: unknown])[] = [
  ['alone', '{"a": 1}', { a: 1 }],
  ['in a fence', 'Here it is:\n```json\n{"a": {"b": [1, 2]}}\n```\nEnjoy.', { a: { b: [1, 2] } }],
  ['between words', 'I say {"a": 1} and no more.', { a: 1 }],
  ['behind braces that are none', 'A set {x | x > 0}, then {"a": 1}', { a: 1 }],
  ['behind an object that is no JSON', '{"a": oops} {"b": 2}', { b: 2 }],
  ['with braces and quotes in its texts', '{"a": "}{ \\" }", "b": 1}', { a: '}{ " }', b: 1 }],
  ['first of two', '{"a": 1} {"b": 2}', { a: 1 }],
  ['empty', 'nothing: {}', {}],
  ['over several lines', '{\n  "a":\n 1\n}', { a: 1 }],
];

test.each(FOUND)('an object is found %s', (_title, text, object) => {
  expect(findJsonObject(text)).toEqual(object);
});

const NONE: readonly (readonly [title: string, text: string])[] = [
  ['words', 'four bars, I think'],
  ['nothing', ''],
  ['an array', '[1, 2]'],
  ['an object that is cut off, whatever is whole inside of it', '{"a": {"b": 1}, "c": {"d"'],
  ['single quotes', "{'a': 1}"],
];

test.each(NONE)('in %s there is none', (_title, text) => {
  expect(findJsonObject(text)).toBeUndefined();
});

test.each([['{'], ['{"'], ['{"a":'], ['{ '], ['{"a'], ['[{"a":']])('a million times %s is looked through in passing', (piece) => {
  const text = piece.repeat(1_000_000);
  const start = processorMs();
  expect(findJsonObject(text)).toBeUndefined();
  expect(processorMs() - start).toBeLessThan(2_000);
});

import { nearestWord } from '../../../daemon/actions/index.js';

const WORDS = ['generate', 'launch', 'stop', 'list-clips', 'list-bridges', 'keep'];

test.each([
  ['genrate', 'generate'],
  ['lanch', 'launch'],
  ['LIST-CLIP', 'list-clips'],
  ['kep', 'keep'],
  ['gen', 'generate'],
  ['list', null],
  ['xyzzy', null],
  ['', null],
])('"%s" means %p', (typed, meant) => {
  expect(nearestWord(typed, WORDS)).toBe(meant);
});

test('a word as long as a book costs no time', () => {
  expect(nearestWord('x'.repeat(1_000_000), WORDS)).toBeNull();
});

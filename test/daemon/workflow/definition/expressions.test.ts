import type { JsonValue } from '../../../../daemon/kernel/index.js';
import { openGraph } from '../../../../daemon/workflow/definition/index.js';
import { withSteps } from './support/catalogue.js';
import { compile, done, play, RUN } from './support/runs.js';

const HEAD = `inputs:
  number: { type: number, default: 7 }
  words: { type: list, of: text, default: [dark, slow] }
  numbers: { type: list, of: number, default: [3, 1, 2] }
  none: { type: text, optional: true }
`;

const graphOf = (expression: string) =>
  openGraph(
    compile(withSteps('  - id: a\n    use: note', `${HEAD}outputs:\n  value: '\${ ${expression.replaceAll("'", "''")} }'\n`)),
    {},
    RUN,
  );

function valueOf(expression: string): JsonValue | undefined {
  const { end } = play(graphOf(expression), () => done({})).graph;
  if (end?.kind !== 'succeeded') throw new Error(end?.error.message);
  return end.outputs['value'];
}

describe('expressions', () => {
  test.each<[string, JsonValue]>([
    ['1 + 2 * 3', 7],
    ['7 / 2', 3.5],
    ['-7 % 4', -3],
    ['inputs.number + 1', 8],
    ['size(inputs.words) - 1', 1],
    ['inputs.words[size(inputs.words) - 1]', 'slow'],
    ['inputs.number == 7.0', true],
    ['1 == 1.0', true],
    ['"a" + "b"', 'ab'],
    ['[1] + [2]', [1, 2]],
    ['{"a": 1}.a', 1],
    ['{"a": [1, {"b": 2}]} == {"a": [1, {"b": 2}]}', true],
    ['2 in inputs.numbers', true],
    ['"x" in {"x": 1}', true],
    ['inputs.none == null ? "none" : inputs.none', 'none'],
    ['inputs.none == null || size(inputs.none) > 3', true],
    ['has(inputs.words)', true],
    ['has(run.clip)', false],
    ['inputs.words.map(word, word + "!")', ['dark!', 'slow!']],
    ['inputs.numbers.filter(n, n > 1)', [3, 2]],
    ['inputs.numbers.map(n, n > 1, n * 10)', [30, 20]],
    ['inputs.numbers.all(n, n > 0) && inputs.numbers.exists(n, n == 3) && inputs.numbers.exists_one(n, n > 2)', true],
    [
      'range(2).map(a, range(2).map(b, a * 10 + b))',
      [
        [0, 1],
        [10, 11],
      ],
    ],
    ['min(inputs.numbers) + max(inputs.numbers)', 4],
    ['round(2.5) + floor(2.5) + ceil(2.5) + abs(-1)', 9],
    ['inputs.words.join(", ")', 'dark, slow'],
    ['string(3) + string(true) + string([1])', '3true[1]'],
    ['number("4.5")', 4.5],
    ['"Dark".lowerAscii() + "Dark".upperAscii() + " x ".trim()', 'darkDARKx'],
    ['"dark bass".contains("k b") && "dark".startsWith("da") && "dark".endsWith("rk")', true],
    ['"a}b{c"', 'a}b{c'],
    ["'it' + \"'s\"", "it's"],
    ['run.seed', 7],
    ['run.bridge', null],
  ])('%s', (expression, value) => {
    expect(valueOf(expression)).toEqual(value);
  });

  test.each([
    ['1 / 0', 'not a number'],
    ['inputs.words[5]', 'the list has 2 entries'],
    ['number("x")', 'number() needs a number'],
    ['min([])', 'the list is empty'],
    ['range(9999)', 'from 0 to 2000'],
    ['{"a": 1}["b"]', 'no field "b"'],
    ['range(2000).map(a, range(2000).map(b, 1))', 'more than 100000 units of work'],
  ])('%s has no value', (expression, reason) => {
    const text = withSteps(
      '  - id: a\n    use: note',
      `${HEAD}outputs:\n  value: '\${ ${expression.replace('["b"]', '[string("b")]')} }'\n`,
    );
    const { end } = play(openGraph(compile(text), {}, RUN), () => done({})).graph;
    expect(end).toMatchObject({ kind: 'failed', error: { code: 'GRYM_WORKFLOW_EXPRESSION' } });
    expect(end?.kind === 'failed' ? end.error.message : '').toContain(reason);
  });
});

import type { JsonObject, JsonValue } from '../../../../daemon/kernel/index.js';
import { openGraph, type GraphEnd } from '../../../../daemon/workflow/definition/index.js';
import { withSteps } from './support/catalogue.js';
import { compile, done, play, RUN } from './support/runs.js';
import { processorMs } from '../../doubles/processor-time.js';

const HEAD = `inputs:
  words: { type: list, of: text, default: [] }
  text: { type: text, default: '' }
`;
const NOTE = '  - id: a\n    use: note';

const outputsOf = (lines: string, inputs: JsonObject = {}): GraphEnd | null =>
  play(openGraph(compile(withSteps(NOTE, `${HEAD}outputs:\n${lines}\n`)), inputs, RUN), () => done({})).graph.end;
const endOf = (expression: string, inputs: JsonObject = {}): GraphEnd | null =>
  outputsOf(`  value: '\${ ${expression.replaceAll("'", "''")} }'`, inputs);

/** Of computing, and generous, so that a slow machine passes; without the bound each takes seconds, minutes or all memory. */
const MAXIMUM_MS = 1_000;
function timed<Result>(work: () => Result): Result {
  const start = processorMs();
  const result = work();
  expect(processorMs() - start).toBeLessThan(MAXIMUM_MS);
  return result;
}

const lists = (count: number): string => Array.from({ length: count }, () => 'range(2000)').join(' + ');

describe('the work of one evaluation is bounded', () => {
  const words = Array.from({ length: 2_000 }, (_, index) => `word ${index}`);
  const text = 'a'.repeat(100_000);

  test.each<[string, string, JsonObject]>([
    ['lists added in each pass', `size(range(40).map(z, range(2000).map(x, ${lists(30)})))`, {}],
    ['many parts in each pass', `range(2000).map(x, [${Array.from({ length: 120 }, () => 'x + 1').join(', ')}])`, {}],
    ['text added in each pass', 'range(2000).map(x, inputs.text + inputs.text)', { text }],
    ['text made of a list in each pass', 'range(2000).map(x, inputs.words.join("-").size())', { words }],
    ['JSON made in each pass', 'range(2000).map(x, string(inputs.words).size())', { words }],
    ['letters changed in each pass', 'range(2000).map(x, inputs.text.upperAscii().size())', { text }],
    ['a search in each pass', `range(2000).map(x, inputs.text.contains("${'a'.repeat(900)}b"))`, { text }],
    ['lists compared in each pass', 'range(2000).map(x, inputs.words == inputs.words + [])', { words }],
    ['a list searched in each pass', 'range(2000).map(x, "nothing" in inputs.words)', { words }],
    ['failures that || swallows', 'range(2000).map(x, range(2000).all(y, inputs.words[9999] == "" || y >= 0))', {}],
  ])('%s', (_name, expression, inputs) => {
    const end = timed(() => endOf(expression, inputs));
    expect(end).toMatchObject({ kind: 'failed', error: { code: 'GRYM_WORKFLOW_EXPRESSION', kind: 'invalid-input' } });
    expect(end?.kind === 'failed' ? end.error.message : '').toContain('more than 100000 units of work');
  });

  test('the expressions of one value share it', () => {
    const one = 'range(2000).map(x, x * x).size()';
    expect(outputsOf(`  value: '\${ ${one} }'`)).toMatchObject({ kind: 'succeeded' });
    const many = Array.from({ length: 100 }, () => `    - '\${ ${one} }'`).join('\n');
    expect(timed(() => outputsOf(`  value:\n${many}`))).toMatchObject({ kind: 'failed', error: { code: 'GRYM_WORKFLOW_EXPRESSION' } });
  });

  test('what workflows do with 2,000 results is far inside', () => {
    const clips = Array.from({ length: 2_000 }, (_, index) => index.toString(16).padStart(64, '0'));
    const chosen = 'inputs.words.filter(clip, clip != null && clip.endsWith("f")).map(clip, {"clip": clip, "name": "take " + clip})';
    expect(endOf(chosen, { words: clips })).toMatchObject({ kind: 'succeeded' });
    expect(endOf('inputs.words.join(", ")', { words: clips })).toMatchObject({ kind: 'succeeded' });
  });
});

describe('the size of values is bounded', () => {
  const doubling = (output: string): string =>
    withSteps(`  - id: again
    repeat: { atMost: 200, until: '\${ false }', as: round }
    steps:
      - id: a
        use: note
    output: ${output}`);

  const failure = { kind: 'failed', path: 'again[0]', error: { code: 'GRYM_WORKFLOW_EXPRESSION', kind: 'invalid-input' } } as const;

  test.each([
    ['an expression', "'${ [round.previous, round.previous] }'"],
    ['a map of expressions', '{ one: "${ round.previous }", other: "${ round.previous }" }'],
    ['text', "'x${ round.previous }${ round.previous }'"],
    ['ever deeper lists', "'${ [round.previous] }'"],
  ])('passes that double their value end: %s', (_name, output) => {
    let settled = 0;
    const { end } = timed(() =>
      play(openGraph(compile(doubling(output)), {}, RUN), () => {
        settled += 1;
        return done({});
      }),
    ).graph;
    expect(end).toMatchObject({ ...failure, path: expect.stringMatching(/^again\[\d+\]$/) as string });
    expect(end?.kind === 'failed' ? end.error.message : '').toMatch(/larger than 500000 bytes, or nested too deeply|units of work/);
    expect(settled).toBeLessThanOrEqual(101);
  });

  test('what branches hand on together is bounded, whichever ends first', () => {
    const text = withSteps(`  - id: wide
    parallel: { times: 50 }
    steps:
      - id: a
        use: note`);
    const large: JsonValue = { text: 'x'.repeat(400_000) };
    for (const pick of [() => 0, (open: number) => open - 1]) {
      const { end } = play(openGraph(compile(text), {}, RUN), () => done(large), pick).graph;
      expect(end).toMatchObject({ kind: 'failed', path: 'wide', error: { code: 'GRYM_WORKFLOW_VALUE', kind: 'invalid-input' } });
    }
  });
});

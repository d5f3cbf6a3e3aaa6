import { jest } from '@jest/globals';
import { readWorkflow, type CatalogueFacts, type ReadWorkflow } from '../../../../daemon/workflow/definition/index.js';
import { factsWith, withSteps } from './support/catalogue.js';

const read = (text: string, facts = factsWith()): ReadWorkflow => readWorkflow(text, 'test.yaml', facts);
const NOTE = '  - id: a\n    use: note\n';
const noteWith = (value: string): string => withSteps(`${NOTE}    with:\n      text: ${value}`);
const list = (length: number, entry: (index: number) => string, between = ''): string =>
  Array.from({ length }, (_, index) => entry(index)).join(between);
const named = (name: string, steps: string): string => withSteps(steps).replace('workflow: test', `workflow: ${name}`);

/** Each has a mistake at this place, whatever else is told. */
const HOSTILE: readonly (readonly [name: string, text: string, line: number, column: number, said: string])[] = [
  ['aliases of aliases', `a: &a [x]\n${list(20, (index) => `b${index}: &b [*a, *a]\n`)}`, 1, 1, 'There is no key "a" here'],
  ['an alias of itself', noteWith('&a [*a]'), 8, 17, 'Aliases have no place here'],
  ['a quarter of a million blank lines', '\n'.repeat(250_000), 150_001, 1, 'The document has too many parts'],
  ['quoted texts one behind the other', '"'.repeat(260_000), 1, 3, 'Unexpected double-quoted-scalar at node end'],
  ['quoted texts in lines', '"\n'.repeat(130_000), 3, 1, 'Unexpected double-quoted-scalar at node end'],
  ['maps one behind the other', '{}'.repeat(130_000), 1, 3, 'Unexpected flow-map-start at node end'],
  ['anchors one behind the other', '&a '.repeat(87_000), 1, 225_000, 'The document has too many parts'],
  ['directives', '%a\n'.repeat(87_000), 1, 1, 'Directives have no place here'],
  ['another version of YAML', `%YAML 1.1\n---\n${withSteps(NOTE)}`, 1, 1, 'Directives have no place here'],
  ['documents', '---\nx\n'.repeat(43_000), 3, 1, 'Source contains multiple documents'],
  ['brackets', noteWith('['.repeat(900)), 8, 208, 'The document is nested too deeply'],
  ['lists in lists, again and again', `${'- '.repeat(900)}x\n`.repeat(140), 1, 399, 'The document is nested too deeply'],
  ['a tag that YAML knows', noteWith('!!binary aGk='), 8, 13, 'Tags have no place here'],
  ['a tag of text', noteWith('!!str 1'), 8, 13, 'Tags have no place here'],
  ['a tag of nothing', noteWith('! x'), 8, 13, 'Tags have no place here'],
  ['__proto__ as a parameter', withSteps(`${NOTE}    with: { __proto__: { text: x } }`), 7, 13, 'has no parameter "__proto__"'],
  ['constructor as a parameter', withSteps(`${NOTE}    with: { constructor: 1 }`), 7, 13, 'has no parameter "constructor"'],
  ['constructor as an input', noteWith('${ inputs.constructor }'), 8, 23, 'There is no field "constructor"'],
  ['__proto__ of a map', noteWith(`'\${ {"__proto__": {"x": "y"}}.x }'`), 8, 43, 'expected one of __proto__'],
  ['constructor as a step', withSteps('  - id: a\n    use: constructor'), 6, 10, 'There is no step "constructor"'],
  ['constructor as a workflow', withSteps('  - id: a\n    workflow: constructor'), 6, 15, 'There is no workflow "constructor"'],
  ['a number of 200,000 digits', withSteps(NOTE).replace('version: 1', `version: ${'9'.repeat(200_000)}`), 2, 10, 'got 99999'],
  [
    'a number that is not exact',
    withSteps('  - id: a\n    use: make\n    with: { prompt: x, seed: 9007199254740993 }'),
    7,
    30,
    'got 9007199254740993',
  ],
  ['.inf', withSteps(`${NOTE}    attempts: .inf`), 7, 15, 'got .inf'],
  ['a byte that is no text', withSteps(`${NOTE}# caf\ufffd`), 7, 6, 'This is no text in UTF-8'],
  ['UTF-16', `w\u0000o\u0000`, 1, 2, 'got U+0000'],
  ['half of a character', noteWith('"\ud800"'), 8, 14, 'got U+D800'],
  ['a byte order mark and a mistake in its line', `\ufeffworkfow: test\n`, 1, 1, 'There is no key "workfow" here'],
  ['CRLF', withSteps(`${NOTE}    when: x`).replaceAll('\n', '\r\n'), 7, 11, 'A condition is an expression'],
  ['tabs', withSteps(NOTE).replaceAll('  ', '\t'), 5, 1, 'Tabs are not allowed as indentation'],
  ['more expressions than a run could ever need', noteWith(`'${'${1}'.repeat(20_000)}'`), 8, 40_016, 'There are too many expressions'],
  [
    'passes over a block that has no branches',
    withSteps(`  - id: a
    repeat: { atMost: 2000, until: '\${ false }' }
    steps:
      - id: b
        repeat: { atMost: 2000, until: '\${ false }' }
        steps: [{ id: c, parallel: { forEach: [] }, steps: [{ id: d, use: note }] }]`),
    4,
    1,
    'The workflow may become too large',
  ],
];

describe('a hostile document', () => {
  test.each(HOSTILE)('%s', (_name, text, line, column, said) => {
    const { compiled, mistakes } = read(text);
    expect(compiled).toBeNull();
    expect(mistakes.length).toBeLessThanOrEqual(101);
    expect(mistakes).toContainEqual(expect.objectContaining({ line, column, message: expect.stringContaining(said) as string }));
  });

  test('parameters of a workflow inside that are called as what every object has', () => {
    const steps = `  - id: a\n    workflow: sub\n    with: { constructor: x, toString: '\${ run.seed }' }`;
    const { mistakes } = read(withSteps(steps), factsWith({ sub: named('sub', NOTE) }));
    expect(mistakes.map(({ line, column, got }) => [line, column, got])).toEqual([
      [7, 13, 'constructor'],
      [7, 29, 'toString'],
    ]);
  });

  test('a byte order mark and CRLF are no mistakes', () => {
    expect(read(`\ufeff${withSteps(NOTE)}`.replaceAll('\n', '\r\n')).mistakes).toEqual([]);
  });
});

/** Counts how often a workflow is looked for, and so read. */
function counting(facts: CatalogueFacts): { readonly facts: CatalogueFacts; readonly count: () => number } {
  let count = 0;
  const workflows = new Map(facts.workflows);
  const get = workflows.get.bind(workflows);
  workflows.get = (name) => {
    count += 1;
    return get(name);
  };
  return { facts: { ...facts, workflows }, count: () => count };
}

describe('workflows that use each other', () => {
  const twice = (index: number): string => `  - id: a\n    workflow: w${index}\n  - id: b\n    workflow: w${index}`;

  test('one with mistakes is read once, however often it is used', () => {
    const broken = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`w${index}`, named(`w${index}`, twice(index + 1))]));
    const { facts, count } = counting(factsWith(broken));
    expect(read(withSteps(twice(0)), facts).compiled).toBeNull();
    expect(count()).toBe(8);
  });

  test('a long chain of them is read no further than it may go', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`w${index}`, named(`w${index}`, `  - id: a\n    workflow: w${index + 1}`)]),
    );
    const { facts, count } = counting(factsWith(chain));
    const { mistakes } = read(withSteps('  - id: a\n    workflow: w0'), facts);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]?.message).toContain('The workflow "w7" has mistake');
    expect(count()).toBeLessThanOrEqual(10);
  });
});

describe('what is known of values before the run', () => {
  /** Characters of JSON that were made meanwhile. */
  function charactersOfJson(work: () => void): number {
    const stringify = jest.spyOn(JSON, 'stringify');
    try {
      work();
      return stringify.mock.results.reduce((sum, { value }) => sum + (typeof value === 'string' ? value.length : 0), 0);
    } finally {
      stringify.mockRestore();
    }
  }

  const branches = (count: number): string =>
    withSteps(`  - id: all
    parallel:
      branches:
${list(count, (index) => `        b${index}: [{ id: a, use: make, with: { prompt: x, seed: 1 } }]`, '\n')}
${list(count, (index) => `  - id: s${index}\n    use: note\n    when: '\${ steps.all.b${index}.clip == "x" }'`, '\n')}`);

  test('a step that names one of many branches does not go through all of them', () => {
    const cost = (count: number): number =>
      charactersOfJson(() => {
        expect(read(branches(count)).mistakes).toEqual([]);
      });
    const [few, many] = [cost(40), cost(320)];
    // What went through all of them for each would be 64 times as much.
    expect(many).toBeLessThan(16 * few + 10_000);
  });

  test.each([
    ['maps that hold the one before twice', "{ a: '${ steps.BEFORE }', b: '${ steps.BEFORE }' }"],
    ['lists in lists', "'${ [[[[[[[[steps.BEFORE]]]]]]]] }'"],
    ['lists of one thing or another', "'${ run.seed > 1 ? [steps.BEFORE, 1] : [[steps.BEFORE], 2] }'"],
  ])('types do not grow with the steps that they come through: %s', (_name, output) => {
    const steps = list(
      60,
      (index) => `
  - id: b${index + 1}
    when: '\${ ${index === 0 ? 'true' : `steps.b${index} != steps.b${index - 1}`} }'
    parallel: { times: 1 }
    steps: [{ id: c, use: note }]
    output: ${output.replaceAll('BEFORE', `b${index}`)}`,
    );
    const text = withSteps(`  - id: b0\n    use: note${steps}`, "outputs:\n  last: '${ steps.b60 + 1 }'");
    const cost = charactersOfJson(() => {
      for (const { message } of read(text).mistakes) expect(message.length).toBeLessThan(2_000);
    });
    expect(cost).toBeLessThan(300_000);
  });
});

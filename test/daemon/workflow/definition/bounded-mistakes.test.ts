import { readWorkflow, type ReadWorkflow } from '../../../../daemon/workflow/definition/index.js';
import { factsWith, withSteps } from './support/catalogue.js';
import { processorMs } from '../../doubles/processor-time.js';

/** Of computing, and generous, so that a slow machine passes; without the bounds the first takes half a minute. */
const MAXIMUM_MS = 2_000;

function read(text: string): ReadWorkflow {
  const start = processorMs();
  const result = readWorkflow(text, 'test.yaml', factsWith());
  expect(processorMs() - start).toBeLessThan(MAXIMUM_MS);
  expect(result.compiled).toBeNull();
  const told = result.mistakes.map(({ message }) => message).join(' ');
  expect(told.length).toBeLessThan(100_000);
  return result;
}

const NOTE = '  - id: a\n    use: note\n';
const keys = (count: number, name = 'k'): string => Array.from({ length: count }, (_, index) => `${name}${index}: 1\n`).join('');

describe('a document with many mistakes', () => {
  test('30,000 unknown keys are told in little time', () => {
    expect(read(withSteps(NOTE, keys(30_000))).mistakes.length).toBeLessThanOrEqual(101);
    expect(read(withSteps(NOTE, keys(5_000, ''))).mistakes[0]).toMatchObject({ expected: 'at most 2000', got: '5004' });
  });

  test('after 100 mistakes it is told that there are more', () => {
    const { mistakes } = read(withSteps(NOTE, keys(1_500)));
    expect(mistakes).toHaveLength(101);
    expect(mistakes.at(-1)).toMatchObject({ file: 'test.yaml', line: 108, suggestion: 'correct these first' });
    expect(mistakes.at(-1)?.message).toMatch(/^And more: after 100 mistakes/);
  });

  test('100 mistakes are all of them', () => {
    const { mistakes } = read(withSteps(NOTE, keys(100)));
    expect(mistakes).toHaveLength(100);
    expect(mistakes.filter(({ message }) => message.startsWith('And more'))).toEqual([]);
  });

  test.each([
    ['equal ids', withSteps('  - id: a\n    use: note\n'.repeat(4_000))],
    ['equal keys', withSteps(NOTE, 'k: 1\n'.repeat(30_000))],
    ['inputs', withSteps(NOTE, `inputs:\n${keys(1_900, '  in')}`)],
    [
      'references to unknown steps',
      withSteps(
        Array.from(
          { length: 1_500 },
          (_, index) => `  - id: s${index}\n    use: note\n    with: { text: "\${ steps.zz${index} }" }\n`,
        ).join(''),
      ),
    ],
    ['brackets', '['.repeat(250_000)],
    ['lists in lists', `a: ${'- '.repeat(120_000)}`],
    ['lists in lists, by lines', `- ${'- '.repeat(120_000)}`],
    ['maps in lists', '{a: ['.repeat(40_000)],
    ['a text that is too long', `${withSteps(NOTE)}# ${'x'.repeat(1_000_000)}`],
  ])('%s', (_name, text) => {
    expect(read(text).mistakes.length).toBeLessThanOrEqual(101);
  });

  test('one that another workflow uses is told as one', () => {
    const facts = factsWith({ wide: withSteps(NOTE, keys(1_500)) });
    const { mistakes } = readWorkflow(withSteps('  - id: a\n    workflow: wide\n  - id: b\n    workflow: wide\n'), 'test.yaml', facts);
    expect(mistakes.map(({ line }) => line)).toEqual([6, 8]);
  });
});

import { readWorkflow } from '../../../../daemon/workflow/definition/index.js';
import { factsWith, withSteps } from './support/catalogue.js';
import { MISTAKES, USED_WORKFLOWS } from './support/mistakes.js';

const facts = factsWith(USED_WORKFLOWS);

function placeOf(marked: string): { line: number; column: number; text: string } {
  const at = marked.indexOf('«');
  const before = marked.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n'), text: marked.replace('«', '') };
}

describe('mistakes of workflow documents', () => {
  test.each(MISTAKES)('%s', (_name, marked, expected, suggestion) => {
    const { line, column, text } = placeOf(marked);
    const { compiled, mistakes } = readWorkflow(text, 'test.yaml', facts);
    expect(compiled).toBeNull();
    expect(mistakes.map((mistake) => ({ ...mistake, length: mistake.length > 0 }))).toEqual([
      expect.objectContaining({ file: 'test.yaml', line, column, length: true, expected, suggestion }),
    ]);
    const [mistake] = mistakes;
    expect(mistake?.message).toContain(`expected ${expected}, got `);
    expect(mistake?.message).toContain(suggestion);
  });

  test('the table has each mistake once', () => {
    expect(new Set(MISTAKES.map(([name]) => name)).size).toBe(MISTAKES.length);
    expect(MISTAKES.length).toBeGreaterThanOrEqual(100);
  });

  test('an expression that is too long is told with its length', () => {
    const text = withSteps(`  - id: a\n    use: note\n    with:\n      text: "\${ '${'x'.repeat(2_100)}' }"`);
    const [mistake] = readWorkflow(text, 'test.yaml', facts).mistakes;
    expect(mistake).toMatchObject({ line: 8, column: 16, expected: 'at most 2000 characters', got: '2104 characters' });
  });

  test('all mistakes of a file are told at once, in the order of the file', () => {
    const text = withSteps(
      '  - id: a\n    use: recrod\n  - id: b\n    use: note\n    onFailure: continu\n    when: ${ inputs.x }',
      'outputs:\n  y: ${ steps.c }',
    );
    const { mistakes } = readWorkflow(text, 'test.yaml', facts);
    expect(mistakes.map(({ line, column }) => [line, column])).toEqual([
      [6, 10],
      [9, 16],
      [10, 21],
      [12, 15],
    ]);
  });

  test('two mistakes of one expression are two', () => {
    const { mistakes } = readWorkflow(withSteps('  - id: a\n    use: note\n    when: ${ foo > 1 && bar }'), 'test.yaml', facts);
    expect(mistakes.map(({ column, got }) => [column, got])).toEqual([
      [14, 'foo'],
      [25, 'bar'],
    ]);
  });

  test('a file of brackets alone is a mistake, not a crash', () => {
    const { compiled, mistakes } = readWorkflow('['.repeat(100_000), 'test.yaml', facts);
    expect(compiled).toBeNull();
    expect(mistakes).toHaveLength(1);
  });
});

import { GrymError } from '../../../../daemon/kernel/index.js';
import { completeInputs } from '../../../../daemon/workflow/definition/index.js';
import { withSteps } from './support/catalogue.js';
import { compile } from './support/runs.js';

const compiled = compile(
  withSteps(
    '  - id: a\n    use: note',
    `inputs:
  prompt: { type: text, maximum: 5 }
  bars: { type: integer, default: 4, minimum: 1, maximum: 64 }
  kind: { type: choice, options: [soft, hard], optional: true }
  clips: { type: list, of: clip, default: [] }
`,
  ),
);

function problemOf(inputs: Parameters<typeof completeInputs>[1]): string {
  try {
    completeInputs(compiled, inputs);
  } catch (error) {
    if (error instanceof GrymError) return error.message;
  }
  return '';
}

test('defaults are filled in; null counts as not given', () => {
  expect(completeInputs(compiled, { prompt: 'bass', bars: null })).toEqual({ prompt: 'bass', bars: 4, kind: null, clips: [] });
});

test('every mistake of the inputs is told at once', () => {
  const problem = problemOf({ bras: 3, bars: 0.5, kind: 'loud', clips: ['abcd', 'x'] });
  expect(problem).toContain('no input "bras": did you mean "bars"?');
  expect(problem).toContain('"prompt" is missing: text');
  expect(problem).toContain('"bars" must be a whole number, got 0.5');
  expect(problem).toContain('"kind" must be one of soft, hard, got "loud"');
  expect(problem).toContain('"clips" must be entry 2 to be a clip');
  expect(problemOf({ prompt: 'too long' })).toContain('at most 5 characters, got 8 characters');
});

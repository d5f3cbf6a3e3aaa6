import { runTree } from '../../../daemon/surfaces/cli/presenters/run-tree.js';

const step = (path: string, changes: object = {}) => ({
  path,
  step: path.split('/').at(-1) ?? path,
  state: 'done',
  attempts: 1,
  milliseconds: 1_200,
  cachedFrom: null,
  provider: null,
  error: null,
  note: '',
  ...changes,
});

test('blocks, branches and passes are indented as the workflow nests them', () => {
  const text = runTree([
    step('take', { step: 'capture', milliseconds: 200 }),
    step('candidates[0]/make', { step: 'vary', provider: 'procedural' }),
    step('candidates[0]/fit', { attempts: 3, state: 'failed', error: { code: 'GRYM_STEP_STARVED', message: 'x' } }),
    step('candidates[1]/make', { step: 'vary', cachedFrom: '0123456789abcdef/make', milliseconds: null }),
    step('choose', { step: 'audition', state: 'waiting', milliseconds: null }),
  ]);
  expect(text.split('\n').map((line) => line.replaceAll(/ {2,}/g, (gap, at: number) => (at === 0 ? gap : '  ')))).toEqual([
    '✓ take  capture  done  200 ms',
    '  candidates',
    '    [0]',
    '    ✓ make  vary  done  1.2 s  procedural',
    '    ✗ fit  fit  failed  1.2 s  3 attempts  GRYM_STEP_STARVED',
    '    [1]',
    '    ✓ make  vary  done  from 0123456789abcdef/make',
    '? choose  audition  waiting',
    '',
  ]);
});

test('a run without steps is no tree', () => {
  expect(runTree([])).toBe('');
});

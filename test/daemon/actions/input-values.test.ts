import type { ClipLibrary } from '../../../daemon/audio/index.js';
import { inputValues } from '../../../daemon/actions/input-values.js';
import type { InputDeclaration } from '../../../daemon/workflow/index.js';

const HASH = 'a'.repeat(64);
const library = {
  reference: (named: string) => {
    if (!HASH.startsWith(named)) throw new Error(`no clip ${named}`);
    return { hash: HASH };
  },
} as unknown as ClipLibrary;

const declared = (changes: Partial<InputDeclaration>): InputDeclaration => ({ type: 'text', help: '', optional: false, ...changes });
const read = (declaration: Partial<InputDeclaration>, value: unknown): unknown =>
  inputValues({ it: declared(declaration) }, { it: value }, library)['it'];

test.each<[Partial<InputDeclaration>, unknown, unknown]>([
  [{ type: 'integer' }, '4', 4],
  [{ type: 'number' }, '0.5', 0.5],
  [{ type: 'number' }, '1e3', 1_000],
  [{ type: 'number' }, 4, 4],
  [{ type: 'boolean' }, 'yes', true],
  [{ type: 'boolean' }, 'false', false],
  [{ type: 'text' }, '808', '808'],
  [{ type: 'text' }, 'true', 'true'],
  [{ type: 'choice', options: ['1', '2'] }, '1', '1'],
  [{ type: 'clip' }, 'aaaa', HASH],
  [{ type: 'list', of: 'integer' }, '1, 2,3', [1, 2, 3]],
  [{ type: 'list', of: 'integer' }, '["1", 2]', [1, 2]],
  [{ type: 'list', of: 'clip' }, ['aaaa'], [HASH]],
  [{ type: 'list', of: 'text' }, '', []],
  [{ type: 'text', optional: true }, '', null],
  [{ type: 'text', optional: true }, null, null],
])('%j takes %j as %j', (declaration, given, expected) => {
  expect(read(declaration, given)).toEqual(expected);
});

test.each<[Partial<InputDeclaration>, unknown]>([
  [{ type: 'integer' }, 'four'],
  [{ type: 'number' }, ''],
  [{ type: 'boolean' }, 'perhaps'],
  [{ type: 'list', of: 'text' }, '[broken'],
  [{ type: 'list', of: 'text' }, 7],
])('%j leaves %j for the workflow to refuse', (declaration, given) => {
  expect(read(declaration, given)).toEqual(given);
});

test('an input that the workflow does not declare is handed on for it to name', () => {
  expect(inputValues({}, { tempo: '120' }, library)).toEqual({ tempo: '120' });
  expect(inputValues({ constructor: declared({ type: 'integer' }) }, { toString: '1' }, library)).toEqual({ toString: '1' });
});

test('a clip that there is not is told at once', () => {
  expect(() => read({ type: 'clip' }, 'ffff')).toThrow(/no clip ffff/);
});

import fc from 'fast-check';
import { AudioContextAdapter, checkItem, CONTEXT_RANKS, MAXIMUM_ALTERNATIVES, type ContextItem } from '../../../daemon/context/index.js';
import { thrownBy } from '../doubles/thrown-by.js';
import { item } from './workbench.js';

function said(field: string, value: ContextItem['value'], more: Partial<ContextItem> = {}): ContextItem {
  return {
    ...checkItem(item(field, value)),
    ...{ runId: 'r', workflow: 'w', path: 'analyse', scope: '', position: '1', ordinal: 0, step: 'analyse', capability: null, atMs: 1 },
    ...more,
  };
}

test.each([
  ['request', 'host'],
  ['host', 'analysis'],
  ['analysis', 'preference'],
  ['preference', 'default'],
] as const)('%s counts more than %s, also where it is older and less certain', (better, worse) => {
  const view = AudioContextAdapter.merge([
    said('tempoBpm', 120, { rank: better, position: '1', path: 'a', confidence: 0.1, atMs: 1 }),
    said('tempoBpm', 90, { rank: worse, position: '9', path: 'b', confidence: 1, atMs: 99 }),
  ]);
  expect(view['tempoBpm']).toEqual({
    value: 120,
    rank: better,
    confidence: 0.1,
    provenance: { path: 'a', step: 'analyse', rule: null, atMs: 1 },
    capability: null,
    alternatives: [
      {
        value: 90,
        rank: worse,
        confidence: 1,
        provenance: { path: 'b', step: 'analyse', rule: null, atMs: 99 },
        capability: null,
        lostBecause: 'lower-rank',
      },
    ],
  });
});

test('within a rank the one later in the graph wins, whatever the clock said', () => {
  const view = AudioContextAdapter.merge([
    said('tempoBpm', 2, { position: '2', path: 'b', atMs: 1 }),
    said('tempoBpm', 1, { position: '1', path: 'a', atMs: 50 }),
    said('tempoBpm', 3, { position: '2', path: 'b', ordinal: 1, atMs: 0 }),
  ]);
  expect(view['tempoBpm']).toMatchObject({ value: 3, alternatives: [{ value: 2, lostBecause: 'older' }, { value: 1 }] });
});

test('a branch sees its own items and those around it, and nothing of its sisters', () => {
  const adapter = new AudioContextAdapter();
  adapter.add([
    said('tempoBpm', 100),
    said('key', 'A minor', { scope: 'c[0]', path: 'c[0]/x', position: '2.0' }),
    said('key', 'C major', { scope: 'c[1]', path: 'c[1]/x', position: '2.1' }),
    said('tempoBpm', 110, { scope: 'c[1]/d[0]', path: 'c[1]/d[0]/x', position: '2.1.0' }),
  ]);
  const values = (scope: string): unknown =>
    Object.fromEntries(Object.entries(adapter.view(scope)).map(([name, { value }]) => [name, value]));
  expect(values('')).toEqual({ tempoBpm: 100 });
  expect(values('c[0]')).toEqual({ tempoBpm: 100, key: 'A minor' });
  expect(values('c[1]/d[0]')).toEqual({ tempoBpm: 110, key: 'C major' });
  // c[1] is no part of c[10].
  expect(values('c[10]')).toEqual({ tempoBpm: 100 });
});

test('a view is the same object until something comes that it would show', () => {
  const adapter = new AudioContextAdapter();
  adapter.add([said('tempoBpm', 100)]);
  const [whole, branch] = [adapter.view(''), adapter.view('c[0]')];
  adapter.add([said('key', 'A minor', { scope: 'c[1]' })]);
  expect(adapter.view('')).toBe(whole);
  expect(adapter.view('c[0]')).toBe(branch);
  adapter.add([said('key', 'A minor', { path: 'b' })]);
  expect(adapter.view('')).not.toBe(whole);
  expect(adapter.view('c[0]')['key']?.value).toBe('A minor');
});

test('alternatives are bounded, and the best ones are kept', () => {
  const items = Array.from({ length: 100 }, (_, index) =>
    said('tempoBpm', index + 1, { position: String(index).padStart(3, '0'), path: `p${index}` }),
  );
  const field = AudioContextAdapter.merge(items)['tempoBpm'];
  expect(field?.value).toBe(100);
  expect(field?.alternatives.map(({ value }) => value)).toEqual(Array.from({ length: MAXIMUM_ALTERNATIVES }, (_, index) => 99 - index));
});

test('a field may have any name, also that of a method of objects', () => {
  const view = AudioContextAdapter.merge([said('constructor', 1), said('toString', 2)]);
  expect(view['constructor']?.value).toBe(1);
  expect(view['valueOf']).toBeUndefined();
});

test('any order of commits gives the same context in every scope', () => {
  const scopes = ['', 'c[0]', 'c[1]', 'c[1]/d[0]'];
  const place = fc.record({
    scope: fc.constantFrom(...scopes),
    field: fc.constantFrom('tempoBpm', 'key', 'energy', 'own'),
    rank: fc.constantFrom(...CONTEXT_RANKS),
    value: fc.integer({ min: 1, max: 50 }),
    position: fc.integer({ min: 0, max: 9 }).map(String),
  });
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 60 }), fc.integer(), (places, seed) => {
      const items = places.map(({ value, ...more }, index) =>
        said('own', value, { ...more, path: `${more.scope}/step${more.position}`, ordinal: index }),
      );
      const shuffled = [...items];
      let state = seed >>> 0;
      for (let index = shuffled.length - 1; index > 0; index -= 1) {
        state = (state * 1_664_525 + 1_013_904_223) >>> 0;
        const other = state % (index + 1);
        [shuffled[index], shuffled[other]] = [shuffled[other] as ContextItem, shuffled[index] as ContextItem];
      }
      const late = new AudioContextAdapter();
      for (const entry of shuffled) {
        late.add([entry]);
        late.view('c[1]');
      }
      for (const scope of scopes) expect(late.view(scope)).toEqual(AudioContextAdapter.merge(items, scope));
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['tempoBpm', 0, 'expected 1 … 1000 beats per minute, got 0'],
  ['tempoBpm', 'fast', 'expected 1 … 1000 beats per minute, got "fast"'],
  ['energy', 1.2, 'expected 0 … 1, got 1.2'],
  ['slot', 16, 'expected whole, 0 … 15, got 16'],
  ['detectedPatterns', 'swing', 'expected list of words, up to 100, got "swing"'],
])('the known field %s refuses %p', (field, value, reason) => {
  expect(thrownBy(() => checkItem(item(field, value)))).toMatchObject({
    code: 'GRYM_CONTEXT_ITEM_INVALID',
    message: `The context cannot take the item "${field}": ${reason}.`,
  });
});

test('unknown fields take any JSON; what is no item is refused with the reason', () => {
  expect(checkItem(item('grooveOfMine', { depth: [1, 'two', null] })).value).toEqual({ depth: [1, 'two', null] });
  for (const wrong of [
    { confidence: 2 },
    { field: 'Not Camel' },
    { priority: 1_000 },
    { value: undefined },
    { rank: 'boss' },
    { other: 1 },
  ]) {
    expect(thrownBy(() => checkItem({ ...item('own', 1), ...wrong } as never))).toMatchObject({ code: 'GRYM_CONTEXT_ITEM_INVALID' });
  }
});

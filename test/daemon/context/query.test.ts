import fc from 'fast-check';
import { CONTEXT_CATEGORIES, CONTEXT_RANKS, type ContextItem, type ContextQuery } from '../../../daemon/context/index.js';
import { temporaryFolders } from '../doubles/index.js';
import { beginRun, commit, item, openContextBench, source, type ContextBench } from './workbench.js';

const folder = temporaryFolders();
const START_MS = 1_700_000_000_000;
const WORDS = ['dark', 'bass', 'Über', 'loop', 'x-ray'];

async function everyPage(bench: ContextBench, query: ContextQuery): Promise<ContextItem[]> {
  const found: ContextItem[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await bench.store.query({ ...query, ...(cursor !== undefined && { cursor }) });
    found.push(...page.items);
    if (page.nextCursor === null) return found;
    expect(page.items).toHaveLength(query.limit ?? 50);
    cursor = page.nextCursor;
  }
}

const plain = (text: string): string[] =>
  text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** What the index has to find, by looking at every item. */
function expected(items: readonly ContextItem[], query: ContextQuery): ContextItem[] {
  const fits = (entry: ContextItem): boolean => {
    const words = plain(
      [entry.text, ...(Array.isArray(entry.value) ? entry.value : [entry.value]), ...entry.tags]
        .filter((part) => typeof part === 'string')
        .join(' '),
    );
    return (
      (['runId', 'workflow', 'field', 'category', 'rank'] as const).every(
        (name) => query[name] === undefined || entry[name] === query[name],
      ) &&
      (query.tag === undefined || entry.tags.includes(query.tag)) &&
      entry.atMs >= (query.fromMs ?? 0) &&
      entry.atMs <= (query.toMs ?? Infinity) &&
      entry.priority >= (query.priorityAtLeast ?? -100) &&
      (query.text === undefined || plain(query.text).every((word) => words.includes(word)))
    );
  };
  return items.filter(fits).sort((a, b) => (query.order === 'priority' ? b.priority - a.priority : 0) || b.atMs - a.atMs);
}

const key = (entry: ContextItem): string => `${entry.runId}/${entry.path}/${entry.ordinal}`;

const some = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const newItem = fc.record({
  category: some(...CONTEXT_CATEGORIES),
  rank: some(...CONTEXT_RANKS),
  field: some('own', 'other', 'constructor'),
  value: fc.oneof(some(...WORDS), fc.integer(), fc.array(some(...WORDS), { maxLength: 3 })),
  tags: fc.uniqueArray(some('loop', 'one shot', 'ü'), { maxLength: 3 }),
  priority: some(0, 0, 0, 5, -3, 100),
  text: fc.array(some(...WORDS), { maxLength: 4 }).map((words) => words.join(' ')),
});
const queries = fc.record(
  {
    runId: some('run-0', 'run-1', 'run-9'),
    workflow: some('vary', 'fill'),
    field: some('own', 'other', 'constructor', 'nothing'),
    category: some(...CONTEXT_CATEGORIES),
    rank: some(...CONTEXT_RANKS),
    tag: some('loop', 'one shot', 'ü', 'one'),
    fromMs: fc.integer({ min: START_MS - 1, max: START_MS + 6 }),
    toMs: fc.integer({ min: START_MS - 1, max: START_MS + 6 }),
    priorityAtLeast: some(-100, 0, 1, 100),
    text: some('dark', 'UBER bass', 'x-ray', 'nowhere', 'loop'),
    order: some('newest' as const, 'priority' as const),
    limit: some(1, 2, 50),
  },
  { requiredKeys: ['limit'] },
);

test('the index finds what looking at every item finds, in order, page by page', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.array(newItem, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 5 })), {
        minLength: 1,
        maxLength: 10,
      }),
      fc.array(queries, { minLength: 5, maxLength: 12 }),
      async (commits, asked) => {
        const bench = openContextBench(folder());
        const runs = [beginRun(bench, 'run-0', [], 'vary'), beginRun(bench, 'run-1', [], 'fill')];
        for (const [index, [items, later]] of commits.entries()) {
          const context = runs[index % 2];
          if (context !== undefined) commit(bench, context, source(`step${index}`, String(index), { atMs: START_MS + later }), items);
        }
        const all = runs.flatMap((context) => [...context.items()]);
        for (const query of asked) {
          const found = await everyPage(bench, query);
          const wanted = expected(all, query);
          expect(found.map(key).sort()).toEqual(wanted.map(key).sort());
          const place = ({ priority, atMs }: ContextItem): unknown => [query.order === 'priority' ? priority : 0, atMs];
          expect(found.map(place)).toEqual(wanted.map(place));
        }
        await bench.close();
      },
    ),
    { numRuns: 25 },
  );
});

test('more items in one millisecond than it has numbers, and a clock that jumps back', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'run-1');
  for (let index = 0; index < 25; index += 1) {
    commit(
      bench,
      context,
      source(`a${index}`, '1', { atMs: START_MS }),
      Array.from({ length: 100 }, () => item('own', index)),
    );
  }
  commit(bench, context, source('b', '2', { atMs: START_MS - 5 }), [item('own', 99)]);
  const found = await everyPage(bench, { field: 'own', limit: 200 });
  expect(found).toHaveLength(2_501);
  expect(new Set(found.map(key)).size).toBe(2_501);
  expect(found.at(-1)?.value).toBe(99);
  await bench.close();
});

test('a rare item among many is found, however far back it lies', async () => {
  const bench = openContextBench(folder());
  const context = beginRun(bench, 'run-1');
  commit(bench, context, source('rare', '0', { atMs: START_MS - 1 }), [item('own', 'needle', { text: 'hay', priority: 7 })]);
  for (let index = 0; index < 100; index += 1) {
    const items = Array.from({ length: 250 }, (_, number) => item('own', number, { text: 'hay' }));
    commit(bench, context, source(`a${index}`, '1', { atMs: START_MS + index }), items);
  }
  for (const query of [{ text: 'needle' }, { text: 'hay needle', field: 'own' }, { priorityAtLeast: 1 }, { toMs: START_MS - 1 }]) {
    expect((await bench.store.query(query)).items.map(({ value }) => value)).toEqual(['needle']);
  }
  expect((await bench.store.query({ order: 'priority', limit: 1 })).items[0]?.value).toBe('needle');
  await bench.close();
}, 120_000);

test.each([
  [{ text: '  ?! ' }, 'has no words'],
  [{ limit: 1_000 }, 'limit'],
  [{ cursor: 'x' }, 'cursor'],
  [{ unknown: 1 } as ContextQuery, 'Unrecognized'],
  [{ text: Array.from({ length: 20 }, () => 'word').join(' ') }, 'more than 16 words'],
] as [ContextQuery, string][])('%p is refused: %s', async (query, reason) => {
  const bench = openContextBench(folder());
  await expect(bench.store.query(query)).rejects.toMatchObject({
    code: 'GRYM_CONTEXT_QUERY_INVALID',
    message: expect.stringContaining(reason),
  });
  expect(bench.log).toEqual([]);
  await bench.close();
});

test('words of the query language are words', async () => {
  const bench = openContextBench(folder());
  beginRun(bench, 'run-1', [item('own', 1, { text: 'this AND that OR "other" NEAR facets : x*' })]);
  for (const text of ['AND', 'or', 'NEAR(', '"other', 'x*', 'facets:']) {
    expect((await bench.store.query({ text })).items).toHaveLength(1);
  }
  expect((await bench.store.query({ text: 'run1 OR nothing' })).items).toHaveLength(0);
  await bench.close();
});

import type { Database } from '../../../../daemon/storage/index.js';
import { temporaryFolders } from '../../doubles/index.js';
import { chain, openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let bench: EngineBench;
beforeEach(async () => {
  bench = openEngine(folder());
  await bench.start();
});
afterEach(() => bench.close());

/** Counts the outermost transactions, and statements that are one by themselves. */
function countCommits(database: Database): () => number {
  let commits = 0;
  let depth = 0;
  const { transaction, run } = database;
  database.transaction = (work) => {
    if (depth === 0) commits += 1;
    depth += 1;
    try {
      return transaction.call(database, work) as ReturnType<typeof work>;
    } finally {
      depth -= 1;
    }
  };
  database.run = (sql, parameters) => {
    if (depth === 0) commits += 1;
    return run.call(database, sql, parameters);
  };
  return () => commits;
}

test('the end of a step and the start of the next are one commit; so are the last step and the end of the run', async () => {
  const commits = countCommits(bench.database);
  await bench.run(chain(...Array.from({ length: 20 }, () => 'work'))).finished;
  // The acceptance, the first start, and each step's end with what follows from it.
  expect(commits()).toBe(1 + 1 + 20);
});

test('hooks of a step are part of the commits of its start and of its result', async () => {
  const commits = countCommits(bench.database);
  await bench.run(chain('hooked', 'hooked')).finished;
  expect(commits()).toBe(1 + 1 + 2);
  expect(bench.hooks()).toEqual(['prepare s1 1', 'commit s1', 'prepare s2 1', 'commit s2']);
});

test('the cost of a step does not grow with the length of its chain', async () => {
  const database = bench.database;
  const { get, run, all } = database;
  let statements = 0;
  database.get = (sql, parameters) => ((statements += 1), get.call(database, sql, parameters));
  database.run = (sql, parameters) => ((statements += 1), run.call(database, sql, parameters));
  database.all = (sql, parameters) => ((statements += 1), all.call(database, sql, parameters));
  const cost = async (length: number): Promise<number> => {
    statements = 0;
    await bench.run(chain(...Array.from({ length }, () => 'work'))).finished;
    return statements;
  };
  const [short, long] = [await cost(10), await cost(210)];
  // An update of the one that ends, an insert of the one that starts.
  expect((long - short) / 200).toBeCloseTo(2, 1);
});

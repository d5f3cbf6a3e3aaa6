// The physical floor: one row inserted and committed with synchronous=FULL for each step, and nothing else.
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { serveContender } from './contender.js';

const ROW = 'x'.repeat(200);

await serveContender(async (folder) => {
  const database = new SqliteDatabase(join(folder, 'floor.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO rows (text) VALUES (?)');
  return {
    async round(steps) {
      const begun = performance.now();
      const startedAtMs: number[] = [];
      for (let step = 0; step < steps; step += 1) {
        startedAtMs.push(performance.now());
        insert.run(ROW);
      }
      return { startedAtMs, wholeMs: performance.now() - begun };
    },
    close: () => {
      database.close();
    },
  };
});

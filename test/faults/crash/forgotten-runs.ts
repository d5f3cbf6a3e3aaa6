import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { DOCUMENT_FOLDER } from './found-runs.js';
import { DATABASE_FILE } from './crash-trial.js';

/** Of a folder where only some ended runs are kept: what is left of others. */
export function forgottenProblems(folder: string, kept: number): string[] {
  const database = new SqliteDatabase(join(folder, DATABASE_FILE), { readonly: true });
  const count = (sql: string): number => (database.prepare(sql).get() as { count: number }).count;
  const problems: string[] = [];
  const runs = count('SELECT count(*) AS count FROM runs WHERE part_of IS NULL');
  if (runs !== kept) problems.push(`${runs} runs are kept instead of ${kept}`);
  const orphans = {
    'parts of no run': 'SELECT count(*) AS count FROM runs WHERE part_of NOT IN (SELECT run_id FROM runs)',
    'steps of no run': 'SELECT count(*) AS count FROM activations WHERE run NOT IN (SELECT sequence FROM runs)',
    'definitions of no run':
      'SELECT count(*) AS count FROM workflow_definitions WHERE hash NOT IN (SELECT definition_hash FROM runs WHERE definition_hash IS NOT NULL)',
    'contexts of no run': 'SELECT count(*) AS count FROM context_runs WHERE run_id NOT IN (SELECT run_id FROM runs)',
    'runs without a context': 'SELECT count(*) AS count FROM runs WHERE run_id NOT IN (SELECT run_id FROM context_runs)',
  };
  for (const [what, sql] of Object.entries(orphans)) if (count(sql) > 0) problems.push(`${count(sql)} ${what}`);
  const ids = new Set((database.prepare('SELECT run_id FROM runs').all() as { run_id: string }[]).map(({ run_id }) => run_id));
  database.close();
  const documents = existsSync(join(folder, DOCUMENT_FOLDER)) ? readdirSync(join(folder, DOCUMENT_FOLDER)) : [];
  for (const name of documents) if (!ids.has(name.replace(/\..*$/, ''))) problems.push(`a document of no run: ${name}`);
  return problems;
}

// npm run parity -- DIR [--json] [--tolerance X]: compares what the production code computes with the reference tensors of each model in DIR.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PARITY_CHECKS } from './all-checks.js';
import type { ParityRow } from './parity-check.js';
import { hasReference, openReference } from './reference.js';

const USAGE = 'usage: npm run parity -- DIR [--json] [--tolerance X]';
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

export interface ModelParity {
  readonly folder: string;
  /** Null: its files are of no kind that is known here. */
  readonly kind: string | null;
  readonly passed: boolean;
  readonly rows: readonly ParityRow[];
  /** Tensors of the manifest that no row is about: what was given to the code, and what no check knows. */
  readonly notCompared: readonly string[];
  /** Why there are no rows; empty where there are. */
  readonly failure: string;
}

/** The folder itself where it holds reference tensors, else those of its folders that do, by name. */
export function foldersWithReference(folder: string): string[] {
  if (hasReference(folder)) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .filter(hasReference)
    .sort();
}

const withTolerance = (row: ParityRow, tolerance: number | null): ParityRow =>
  tolerance === null || row.error === null || row.tolerance === 0 ? row : { ...row, tolerance, passed: row.error <= tolerance };

/** `tolerance` replaces that of each tensor that is compared by its error; null: each has its own. */
export async function checkModel(folder: string, tolerance: number | null = null): Promise<ModelParity> {
  const check = PARITY_CHECKS.find((candidate) => candidate.matches(folder));
  const base = { folder, kind: check?.kind ?? null, rows: [], notCompared: [], passed: false };
  if (check === undefined) return { ...base, failure: 'its files are of no kind of model that is known here' };
  try {
    const reference = openReference(folder);
    const rows = (await check.check(folder, reference)).map((row) => withTolerance(row, tolerance));
    const compared = new Set(rows.map((row) => row.tensor));
    const notCompared = reference.names.filter((name) => !compared.has(name));
    const failure = rows.length === 0 ? 'its reference has no tensor that could be compared' : '';
    return { ...base, rows, notCompared, failure, passed: rows.length > 0 && rows.every((row) => row.passed) };
  } catch (error) {
    return { ...base, failure: error instanceof Error ? error.message : String(error) };
  }
}

function tableOf({ folder, kind, rows, notCompared, failure, passed }: ModelParity): string {
  const width = Math.max(24, ...rows.map((row) => row.tensor.length));
  const lines = rows.map((row) => {
    const error = row.error === null ? '-' : row.error === 0 ? '0' : row.error.toExponential(2);
    const note = row.note === '' ? '' : `  ${row.note}`;
    return `  ${row.tensor.padEnd(width)} ${error.padStart(9)} ${String(row.tolerance).padStart(9)}  ${row.passed ? 'PASS' : 'FAIL'}${note}`;
  });
  const heading = `  ${'tensor'.padEnd(width)} ${'error'.padStart(9)} ${'tolerance'.padStart(9)}`;
  const failed = rows.filter((row) => !row.passed).length;
  return [
    `${basename(folder)} (${kind ?? 'unknown'})`,
    ...(rows.length > 0 ? [heading, ...lines] : []),
    ...(notCompared.length > 0 ? [`  given, or not compared: ${notCompared.join(', ')}`] : []),
    ...(failure === '' ? [] : [`  FAIL: ${failure}`]),
    `  ${passed ? `all ${rows.length} tensors within their tolerance` : failure === '' ? `${failed} of ${rows.length} tensors beyond their tolerance` : 'nothing compared'}`,
  ].join('\n');
}

async function main(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, tolerance: { type: 'string' } },
  });
  const tolerance = values.tolerance === undefined ? null : Number(values.tolerance);
  const [directory] = positionals;
  if (directory === undefined || positionals.length !== 1 || (tolerance !== null && !(tolerance >= 0))) {
    console.error(USAGE);
    return EXIT_USAGE;
  }
  const root = resolve(process.env['INIT_CWD'] ?? '.', directory);
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    console.error(`${root} is no folder`);
    return EXIT_USAGE;
  }
  const folders = foldersWithReference(root);
  if (folders.length === 0) {
    console.error(`${root} holds no reference/manifest.json, and neither does a folder in it`);
    return EXIT_USAGE;
  }
  const models: ModelParity[] = [];
  for (const folder of folders) {
    const model = await checkModel(folder, tolerance);
    models.push(model);
    if (!values.json) console.log(`${tableOf(model)}\n`);
  }
  const passed = models.every((model) => model.passed);
  if (values.json) console.log(JSON.stringify({ passed, models }, null, 2));
  return passed ? 0 : EXIT_FAILED;
}

if (process.argv[1] !== undefined && basename(process.argv[1]) === 'parity.ts') {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = EXIT_USAGE;
  }
}

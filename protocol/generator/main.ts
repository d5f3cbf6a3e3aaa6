import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from './comments.js';
import { generateFiles } from './index.js';

/** `npx tsx protocol/generator/main.ts` writes what is generated; with `--check` it only says what is out of date (exit code 1). */
const checkOnly = process.argv.includes('--check');
let outdated = 0;
for (const [name, content] of generateFiles()) {
  const path = join(packageRoot(), name);
  if (readIfThere(path) === content) continue;
  outdated += 1;
  if (checkOnly) {
    console.error(`${name} is out of date: run npx tsx protocol/generator/main.ts`);
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    process.stdout.write(`wrote ${name}\n`);
  }
}
process.exitCode = checkOnly && outdated > 0 ? 1 : 0;

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

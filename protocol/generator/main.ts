import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from './comments.js';
import { generateFiles } from './index.js';
import { writeGoldenVectors } from './golden-vectors.js';

/**
 * `npm run generate` writes what is generated; with `--check` it only says what is out of date (exit code 1).
 * `--golden` writes the golden vectors too: they are what both sides are held to, so look at each line of their diff.
 */
const checkOnly = process.argv.includes('--check');
const files = process.argv.includes('--golden') ? [...generateFiles(), ...writeGoldenVectors()] : [...generateFiles()];
let outdated = 0;
for (const [name, content] of files) {
  const path = join(packageRoot(), name);
  if (existsSync(path) && readFileSync(path, 'utf8') === content) continue;
  outdated += 1;
  if (checkOnly) {
    console.error(`${name} is out of date: run npm run generate`);
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    process.stdout.write(`wrote ${name}\n`);
  }
}
process.exitCode = checkOnly && outdated > 0 ? 1 : 0;

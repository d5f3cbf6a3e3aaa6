// Types, lint, layers, format: the same commands as `npm run check`, side by side; each counts as one test.
import { availableParallelism } from 'node:os';
import { readFileSync } from 'node:fs';
import { inProject } from '../setup/project.mjs';
import { addCounts, oneTest } from './counts.mjs';
import { runQuietly } from './run.mjs';

const CHECKS = ['check:types', 'check:lint', 'check:layers', 'check:format'];

/** The scripts are plain commands of node_modules/.bin, so they need no npm around them. */
async function runCheck(name) {
  const { scripts } = JSON.parse(readFileSync(inProject('package.json'), 'utf8'));
  const env = { ...process.env, PATH: `${inProject('node_modules', '.bin')}:${process.env.PATH}` };
  const { code, output } = await runQuietly('sh', ['-c', scripts[name]], { env });
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (code !== 0) console.log(output.trimEnd());
  return oneTest(code === 0);
}

export async function runStaticChecks() {
  const waiting = [...CHECKS];
  const results = [];
  const worker = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) results.push(await runCheck(name));
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), CHECKS.length) }, worker));
  return addCounts(results);
}

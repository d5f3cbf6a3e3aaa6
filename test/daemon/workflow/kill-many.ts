// npm run test:kill -- --kills 200 --seed 7
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killAtRandom } from './random-kills.js';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } } });
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  process.stderr.write('--kills expects a whole number of at least 1, --seed a whole number\n');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'grym-kill-'));
const report = await killAtRandom(folder, kills, seed, (count) => count % 20 === 0 && process.stdout.write(`${count} kills\n`));
process.stdout.write(`${report.kills} kills, ${report.accepted} accepted runs, ${report.problems.length} problems (seed ${seed})\n`);
for (const problem of report.problems) process.stdout.write(`  ${problem}\n`);
if (report.problems.length > 0) process.stdout.write(`The data folder stays for inspection: ${folder}\n`);
else rmSync(folder, { recursive: true });
process.exit(report.problems.length > 0 ? 1 : 0);

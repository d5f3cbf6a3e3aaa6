// npm run test:crash -- --seed N --kills K
// Kills a process with workflows under way, at every failpoint and K times at random, and prints one JSON line of totals.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FAILPOINTS } from '../../../daemon/kernel/index.js';
import { killMany } from './crash-campaign.js';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } } });
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isInteger(kills) || kills < 0 || !Number.isInteger(seed)) {
  process.stderr.write('--kills expects a whole number of at least 0, --seed a whole number\n');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'grym-crash-'));
const total = kills + FAILPOINTS.length;
const report = await killMany(folder, { seed, kills, failpoints: FAILPOINTS }, (count) => {
  if (process.stderr.isTTY || count % 25 === 0)
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${count} of ${total} kills${process.stderr.isTTY ? '' : '\n'}`);
});
if (process.stderr.isTTY) process.stderr.write('\n');
console.log(JSON.stringify({ ...report, load: loadavg().map((value) => Number(value.toFixed(1))) }));
if (report.problems.length === 0) rmSync(folder, { recursive: true });
else process.stderr.write(`The data folders stay for inspection: ${folder}\n`);
process.exitCode = report.problems.length === 0 ? 0 : 1;

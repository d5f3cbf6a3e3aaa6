// npm run soak:workflows -- --runs N --seed S
// N workflows with random faults in one process; prints one JSON line of totals.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { soak } from './soak-campaign.js';

const BAR_WIDTH = 30;

function showProgress(done: number, all: number, begun: number): void {
  const share = done / all;
  const left = Math.round(((performance.now() - begun) / 1000 / share) * (1 - share));
  const bar = '#'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '.');
  const line = `[${bar}] ${done} of ${all} workflows, ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} left`;
  process.stderr.write(process.stderr.isTTY ? `\r${line.padEnd(79)}` : `${line}\n`);
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } } });
const runs = Number(values.runs);
const seed = Number(values.seed);
if (!Number.isInteger(runs) || runs < 100 || !Number.isInteger(seed)) {
  process.stderr.write('--runs expects a whole number of at least 100, --seed a whole number\n');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'grym-soak-'));
const begun = performance.now();
const report = await soak(folder, { runs, seed }, (done) => showProgress(done, runs, begun));
if (process.stderr.isTTY) process.stderr.write('\n');
console.log(JSON.stringify({ ...report, load: loadavg().map((value) => Number(value.toFixed(1))) }));
if (report.problems.length === 0) rmSync(folder, { recursive: true });
else process.stderr.write(`The data folder stays for inspection: ${folder}\n`);
process.exit(report.problems.length === 0 ? 0 : 1);

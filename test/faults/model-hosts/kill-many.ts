// npm run test:model-kills -- --kills 50 --seed N
// Kills model hosts with SIGKILL at random moments while the small AudioLDM generates in them, and prints one JSON line of totals.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { killHosts } from './kill-campaign.js';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } } });
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  process.stderr.write('--kills expects a whole number of at least 1, --seed a whole number\n');
  process.exit(2);
}
const report = await killHosts(kills, seed, (count) => process.stderr.write(`${count} of ${kills} kills\n`));
console.log(JSON.stringify({ ...report, seed, load: loadavg().map((value) => Number(value.toFixed(1))) }));
process.exitCode = report.problems.length === 0 ? 0 : 1;

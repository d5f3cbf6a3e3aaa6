// npm run bench:hosts -- --seconds 20
// How late the daemon's event loop is while two hosts generate. The bar: 20 ms at the 99th percentile. Exits with 1 beyond it.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { BLOCK_LIMIT_MS, type LoopDelay } from '../../../daemon/monitoring/index.js';
import { measureLoopDelay } from './loop-delay.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' } } });
const seconds = Number(values.seconds);
if (!(seconds > 0)) {
  process.stderr.write('--seconds expects a number above 0\n');
  process.exit(2);
}
const report = await measureLoopDelay(seconds * 1000);
const row = (name: string, { p50Ms, p99Ms, maxMs }: LoopDelay): string =>
  `${name.padEnd(36)}${[p50Ms, p99Ms, maxMs].map((value) => value.toFixed(2).padStart(9)).join('')}`;
console.log(`${'Delay of the event loop, ms'.padEnd(36)}      p50      p99      max`);
console.log(row('idle', report.idle));
console.log(row('two hosts start and load', report.starting));
console.log(row('two hosts generate', report.generating));
const load = loadavg().map((value) => value.toFixed(1));
console.log(`${report.clips} clips of 10 s; bar: p99 at most ${BLOCK_LIMIT_MS} ms; load of the machine ${load.join(' ')}`);
for (const { name, count, longestMs } of report.blocks) console.log(`held up: ${name}, ${count} times, at most ${longestMs.toFixed(1)} ms`);
process.exitCode = report.generating.p99Ms <= BLOCK_LIMIT_MS ? 0 : 1;

// npm run bench:prompt [-- --prompts N]
// Time from a prompt, sent over the WebSocket, until the real plugin has reported the clip ready in its slot; host running in real time.
import { parseArgs } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { FakeClient } from '../../daemon/surfaces/support/fake-bridge.js';
import { DaemonProcess, makeFolders, removeFolders } from '../../faults/support/daemon-process.js';
import { ClapHost } from '../../plugin/support/clap-host.js';

const BAR_MS = 300;
const PROMPT = 'dark analog bass loop, 120 bpm, 2 bars, A minor';

interface Made {
  readonly state: string;
  readonly timings: readonly { readonly step: string; readonly milliseconds: number }[];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const { values } = parseArgs({ options: { prompts: { type: 'string', default: '40' } } });
const prompts = Math.max(30, Number(values.prompts));
const folders = makeFolders();
const daemon = await DaemonProcess.start(folders);
let host: ClapHost | undefined;
// Unless the bar is met.
process.exitCode = 1;
try {
  host = await ClapHost.start({ GRYM_RUNTIME_DIR: folders.runtime, GRYM_CAPTURE_SECONDS: '15' });
  await host.commands('activate 48000 256', 'transport tempo 120', 'transport play', 'run');
  const client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token);
  for (;;) {
    const { bridges } = (await client.request('list-bridges')).result as { bridges: { connected: boolean }[] };
    if (bridges[0]?.connected === true) break;
    await wait(10);
  }
  const totals: number[] = [];
  const steps = new Map<string, number[]>();
  for (let index = 0; index < prompts; index += 1) {
    const begun = performance.now();
    // Another seed each time: nothing is there already.
    const { result, error } = await client.request('generate', { prompt: PROMPT, seed: 1_000 + index, slot: index % 16 });
    totals.push(performance.now() - begun);
    if (error !== undefined) throw new Error(error.message);
    const made = result as Made;
    if (made.state !== 'done') throw new Error(`the clip did not reach the slot: ${made.state}`);
    for (const { step, milliseconds } of made.timings) steps.set(step, [...(steps.get(step) ?? []), milliseconds]);
  }
  const p50 = quantile(totals, 0.5);
  const passed = p50 <= BAR_MS;
  if (passed) process.exitCode = 0;
  console.log(`prompt -> clip ready in the slot of the real plugin, ${prompts} prompts, "${PROMPT}"`);
  console.log(
    `  first ${totals[0]?.toFixed(0)} ms, p50 ${p50.toFixed(0)} ms, p99 ${quantile(totals, 0.99).toFixed(0)} ms; bar: p50 <= ${BAR_MS} ms: ${passed ? 'met' : 'MISSED'}`,
  );
  for (const [step, times] of steps)
    console.log(`  ${step.padEnd(9)} p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`);
  await client.close();
  await host.command('pause');
} finally {
  await host?.dispose();
  await daemon.kill('SIGTERM');
  removeFolders(folders);
}

#!/usr/bin/env node
// grym: the command line of grym-synth. `grym --help` lists the commands.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = (path) => new URL(`../build/js/daemon/${path}`, import.meta.url);

if (!existsSync(fileURLToPath(built('surfaces/cli/index.js')))) {
  console.error('grym: not built yet.\n  Run npm run build in the folder of grym-synth first; npm start does it too.');
  process.exit(1);
}

const interrupt = new AbortController();
let interruptedMs = 0;
process.on('SIGINT', () => {
  // Under npm a Ctrl-C arrives twice at once: from the terminal, and forwarded by npm.
  if (interrupt.signal.aborted && performance.now() - interruptedMs < 300) return;
  // A second one waits for nothing.
  if (interrupt.signal.aborted) process.exit(130);
  interruptedMs = performance.now();
  interrupt.abort();
});

const { runCommandLine } = await import(built('surfaces/cli/index.js'));
process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  signal: interrupt.signal,
  startDaemon: async (words) => (await import(built('main.js'))).runDaemon(words),
});

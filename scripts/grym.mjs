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
process.on('SIGINT', () => {
  // A second Ctrl-C waits for nothing.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
});

const { runCommandLine } = await import(built('surfaces/cli/index.js'));
process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  signal: interrupt.signal,
  startDaemon: async (words) => (await import(built('main.js'))).runDaemon(words),
});

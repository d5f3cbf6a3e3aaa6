#!/usr/bin/env node
// npm start -- [--once] [prompt]: sets up what is missing, then becomes the daemon. The daemon is loaded into this very process, so that
// signals, exit code, standard input and process id are its own.
import './setup/require-node.mjs';

const { existsSync } = await import('node:fs');
const { ensureSetUp, reportingProblems } = await import('./setup/ensure.mjs');
const { inProject } = await import('./setup/project.mjs');

const HELP = `usage: npm start -- [--once] [options of the daemon] ["prompt"]

  npm start                            sets up what is missing, starts the daemon, says what to do next
  npm start -- "dark bass, 120 bpm"    the same, and makes a clip from the prompt
  npm start -- --once "..."            makes the clip, prints its path, ends

A prompt given while a daemon runs goes to that daemon. Ctrl-C ends the daemon; clips that are loaded in the DAW play on.`;

const args = process.argv.slice(2);
const main = inProject('build', 'js', 'daemon', 'main.js');
if ((args.includes('--help') || args.includes('-h')) && !existsSync(main)) {
  console.log(HELP);
} else {
  if (!args.includes('--help') && !args.includes('-h')) await reportingProblems(() => ensureSetUp());
  if (!process.exitCode) {
    process.argv = [process.argv[0], main, ...args];
    await import(main);
  }
}

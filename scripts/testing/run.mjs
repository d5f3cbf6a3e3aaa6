// Runs the programs of a test run: into the terminal, or quietly with the output shown where they fail.
import { spawn } from 'node:child_process';
import { projectRoot } from '../setup/project.mjs';

/** Runs with the terminal as its own; resolves to the exit code (128 + n where a signal ended it is not told apart: non-zero is failure). */
export function runVisibly(command, args, { env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: projectRoot, env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** Runs with its output kept; resolves to exit code and output. */
export function runQuietly(command, args, { env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: projectRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

#!/usr/bin/env node
// npm run bench:audio: builds the benchmark of process() and runs it; arguments are handed on.
import './setup/require-node.mjs';

const { ensureSetUp, reportingProblems } = await import('./setup/ensure.mjs');
const { buildProgram } = await import('./testing/cpp-tests.mjs');
const { runVisibly } = await import('./testing/run.mjs');

await reportingProblems(async () => {
  await ensureSetUp({ tests: true });
  process.exitCode = await runVisibly(await buildProgram('bench-audio'), process.argv.slice(2));
});

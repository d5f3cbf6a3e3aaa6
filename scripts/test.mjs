#!/usr/bin/env node
// npm test -- [pattern]: sets up what is missing and runs every test, or those whose name or path matches the pattern.
import './setup/require-node.mjs';

const HELP = `usage: npm test -- [pattern]

  Runs the checks (types, lint, layers, format), the C++ tests, those about threads and hostile memory once more under sanitizers, and
  the TypeScript tests. With a pattern: only the C++ tests whose name and the TypeScript tests whose path matches it.`;

const { ensureSetUp, reportingProblems } = await import('./setup/ensure.mjs');
const { describeDuration } = await import('./setup/progress.mjs');
const { EXIT } = await import('./setup/project.mjs');
const { addCounts, noTests, summaryLine } = await import('./testing/counts.mjs');
const { buildTrees, runCppTests, TREES } = await import('./testing/cpp-tests.mjs');
const { GROUPS, runJest } = await import('./testing/jest-tests.mjs');
const { runStaticChecks } = await import('./testing/static-checks.mjs');

/** Checks and compilers measure nothing and wait for nothing, so they share the cores; no test runs beside them. */
async function checkAndBuild(pattern, failures) {
  const [counts, found] = await Promise.all([pattern ? noTests : runStaticChecks(), buildTrees()]);
  for (const [tree, failure] of found) failures.set(tree, failure);
  return counts;
}

async function runAll(pattern) {
  const failures = new Map();
  const sections = [
    [pattern ? 'C++ builds' : 'checks and C++ builds', () => checkAndBuild(pattern, failures)],
    ['C++ tests', () => runCppTests(TREES.release, pattern, failures)],
    ['C++ tests under ThreadSanitizer', () => runCppTests(TREES.threads, pattern, failures)],
    ['C++ tests under AddressSanitizer', () => runCppTests(TREES.memory, pattern, failures)],
    ['TypeScript tests', () => runJest(GROUPS.together, pattern)],
    ['TypeScript tests that run alone', () => runJest(GROUPS.alone, pattern)],
  ];
  const results = [];
  for (const [title, run] of sections) {
    console.log(`\n== ${title}`);
    const started = performance.now();
    const counts = await run();
    results.push({ title, counts, seconds: (performance.now() - started) / 1000 });
  }
  return results;
}

function report(results) {
  const width = Math.max(...results.map(({ title }) => title.length));
  console.log('');
  for (const { title, counts, seconds } of results) {
    console.log(`${title.padEnd(width)}  ${describeDuration(seconds).padStart(12)}  ${counts.passed}/${counts.passed + counts.failed}`);
  }
  const total = addCounts(results.map(({ counts }) => counts));
  if (total.passed + total.failed === 0) console.log('No test matches.');
  console.log(`\n${summaryLine(total)}`);
  return total.failed === 0 && total.passed > 0;
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(HELP);
} else if (args.length > 1 || args[0]?.startsWith('-')) {
  console.error(HELP);
  process.exitCode = EXIT.usage;
} else {
  await reportingProblems(async () => {
    await ensureSetUp({ tests: true });
    if (!report(await runAll(args[0]))) process.exitCode = EXIT.failed;
  });
}

// What the parts of a test run report, and how the reports of ctest and jest are read.
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

export const noTests = Object.freeze({ passed: 0, failed: 0, skipped: 0 });

/** @param {Counts[]} list @returns {Counts} */
export function addCounts(list) {
  const sum = { ...noTests };
  for (const { passed, failed, skipped } of list) {
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  return sum;
}

export const oneTest = (succeeded) => ({ ...noTests, [succeeded ? 'passed' : 'failed']: 1 });

/** The last line of `npm test`. */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Reads what `ctest --output-junit` wrote. A report that is not there is a failure: ctest was killed or could not begin. */
export function countsFromJunit(file) {
  if (!existsSync(file)) return oneTest(false);
  const head = /<testsuite\b[^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const number = (name) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number('failures');
  const skipped = number('skipped') + number('disabled');
  return { passed: number('tests') - failed - skipped, failed, skipped };
}

/** Reads what `jest --json` wrote. A test file that could not be loaded is one failure. */
export function countsFromJest(file) {
  if (!existsSync(file)) return oneTest(false);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

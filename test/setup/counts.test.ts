import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addCounts, countsFromJest, countsFromJunit, summaryLine } from '../../scripts/testing/counts.mjs';

describe('the last line of npm test', () => {
  let folder: string;
  const report = (text: string) => {
    writeFileSync(join(folder, 'report'), text);
    return join(folder, 'report');
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'grym-counts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('sums passed, failed and skipped tests of ctest and jest', () => {
    const junit = report(
      '<?xml version="1.0"?>\n<testsuite name="Linux"\n\ttests="9"\n\tfailures="2"\n\tdisabled="1"\n\tskipped="1"\n>\n</testsuite>',
    );
    const cpp = countsFromJunit(junit);
    expect(cpp).toEqual({ passed: 5, failed: 2, skipped: 2 });
    const jest = countsFromJest(
      report(JSON.stringify({ numPassedTests: 10, numFailedTests: 1, numPendingTests: 1, numTodoTests: 0, numRuntimeErrorTestSuites: 2 })),
    );
    expect(jest).toEqual({ passed: 10, failed: 3, skipped: 1 });
    expect(summaryLine(addCounts([cpp, jest]))).toBe('15 passed, 5 failed, 3 skipped');
    expect(summaryLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  });

  it('counts a report that was never written as a failure', () => {
    expect(countsFromJunit(join(folder, 'nothing')).failed).toBe(1);
    expect(countsFromJest(join(folder, 'nothing')).failed).toBe(1);
  });
});

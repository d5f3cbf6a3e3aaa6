// The TypeScript tests. Those with real hosts, real time or killed daemons run one at a time, the rest side by side.
import { rmSync } from 'node:fs';
import { inProject } from '../setup/project.mjs';
import { countsFromJest, oneTest } from './counts.mjs';
import { runVisibly } from './run.mjs';

const ALONE = 'test/(hosts|faults|plugin|bench)/';

export const GROUPS = {
  together: { name: 'together', options: ['--testPathIgnorePatterns', ALONE, '/node_modules/'], folders: [] },
  alone: { name: 'alone', options: ['--runInBand'], folders: [ALONE] },
};

export async function runJest(group, pattern) {
  const report = inProject('build', 'tests', `jest-${group.name}.json`);
  rmSync(report, { force: true });
  const paths = pattern ? [group.folders.length > 0 ? `${ALONE}.*${pattern}` : pattern] : group.folders;
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', inProject('node_modules', 'jest', 'bin', 'jest.js')];
  const options = ['--passWithNoTests', '--json', '--outputFile', report, ...group.options];
  // --json puts the report on standard output as well; the readable report goes to standard error.
  const code = await runVisibly('sh', ['-c', 'exec "$0" "$@" 2>&1 >/dev/null', process.execPath, ...node, ...options, '--', ...paths]);
  const counts = countsFromJest(report);
  return code !== 0 && counts.failed === 0 ? oneTest(false) : counts;
}

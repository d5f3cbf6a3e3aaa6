// The C++ tests, in three trees: as released, those labelled `tsan` under ThreadSanitizer, those labelled `asan` under AddressSanitizer
// and UndefinedBehaviorSanitizer.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { outputOf, runLogged } from '../setup/commands.mjs';
import { inProject, projectRoot, SetupError } from '../setup/project.mjs';
import { listFiles } from '../setup/stamps.mjs';
import { countsFromJunit, noTests, oneTest } from './counts.mjs';
import { runVisibly } from './run.mjs';

const TEST_TIMEOUT_SECONDS = 300;
const jobs = () => String(availableParallelism());

/** @typedef {{ name: string, definitions: string[], label?: string }} Tree */

/** @type {Record<string, Tree>} */
export const TREES = {
  release: { name: 'tree', definitions: ['-DCMAKE_BUILD_TYPE=Release'] },
  threads: { name: 'tsan', definitions: ['-DCMAKE_BUILD_TYPE=RelWithDebInfo', '-DGRYM_SANITIZE=thread'], label: 'tsan' },
  memory: {
    name: 'asan',
    definitions: ['-DCMAKE_BUILD_TYPE=RelWithDebInfo', '-DGRYM_SANITIZE=address,undefined'],
    label: 'asan',
  },
};

/**
 * Programs of the tests with a label: building only these halves the time of a sanitizer tree. ctest itself does not name a program
 * that is not built yet, so its files are read.
 */
export function programsWithLabel(folder, label) {
  const files = listFiles(folder, ['.'], (path) => basename(path) === 'CTestTestfile.cmake');
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const labelled = new Set();
  for (const [, test, labels] of text.matchAll(/^set_tests_properties\((\S+) PROPERTIES .*?LABELS "([^"]*)"/gm)) {
    if (labels.split(';').includes(label)) labelled.add(test);
  }
  const programs = [...text.matchAll(/^add_test\((\S+) "([^"]+)"/gm)].filter(([, test]) => labelled.has(test));
  return [...new Set(programs.map(([, , program]) => basename(program)))];
}

const folderOf = (tree) => inProject('build', 'tests', tree.name);

/** Configures a tree and builds the given programs in it, or all where none is given. */
async function build(tree, programs = []) {
  const log = `tests-${tree.name}`;
  const folder = folderOf(tree);
  await runLogged('cmake', ['-S', projectRoot, '-B', folder, '-G', 'Unix Makefiles', '-DGRYM_BUILD_TESTS=ON', ...tree.definitions], {
    log,
  });
  const wanted = tree.label ? programsWithLabel(folder, tree.label) : programs;
  if (tree.label && wanted.length === 0) return;
  await runLogged('cmake', ['--build', folder, '-j', jobs(), ...(wanted.length > 0 ? ['--target', ...wanted] : [])], { log, append: true });
}

/** Builds one program of the released tree; returns its path. */
export async function buildProgram(name) {
  await build(TREES.release, [name]);
  return inProject('build', 'tests', 'bin', name);
}

/** Addresses that are not randomised keep ThreadSanitizer's shadow memory where it expects it. */
function withFixedAddresses(command) {
  return outputOf('setarch', ['-R', 'true']) === null ? command : ['setarch', '-R', ...command];
}

/** Builds one tree and runs its tests; a tree that cannot be built is one failure. */
export async function runCppTests(tree, pattern) {
  const folder = folderOf(tree);
  try {
    await build(tree);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.log(error.message);
    return oneTest(false);
  }
  const report = inProject('build', 'tests', `${tree.name}.xml`);
  rmSync(report, { force: true });
  const selection = [...(tree.label ? ['-L', `^${tree.label}$`] : []), ...(pattern ? ['-R', pattern] : [])];
  const args = [
    '--test-dir',
    folder,
    '--output-on-failure',
    '--output-junit',
    report,
    '-j',
    jobs(),
    '--timeout',
    String(TEST_TIMEOUT_SECONDS),
  ];
  const [command, ...rest] = withFixedAddresses(['ctest', ...args, ...selection]);
  const code = await runVisibly(command, rest);
  if (code === 0 && !existsSync(report)) return noTests;
  const counts = countsFromJunit(report);
  return code !== 0 && counts.failed === 0 ? oneTest(false) : counts;
}

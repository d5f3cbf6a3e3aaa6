// The C++ tests, in three trees: as released (the plugin's own tree, whose libraries are built already), those labelled `tsan` under
// ThreadSanitizer, those labelled `asan` under AddressSanitizer and UndefinedBehaviorSanitizer.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { outputOf, runLogged } from '../setup/commands.mjs';
import { inProject, projectRoot, SetupError } from '../setup/project.mjs';
import { listFiles } from '../setup/stamps.mjs';
import { countsFromJunit, noTests, oneTest } from './counts.mjs';
import { runVisibly } from './run.mjs';

const TEST_TIMEOUT_SECONDS = 300;
const jobs = () => String(availableParallelism());

// What a sanitizer instruments is compiled in half the time at -O1, and less of it is optimised away before it is looked at.
const INSTRUMENTED = ['-DCMAKE_BUILD_TYPE=RelWithDebInfo', '-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -DNDEBUG'];

/** @typedef {{ name: string, folder: string, definitions: string[], label?: string }} Tree */

/** @type {Record<string, Tree>} */
export const TREES = {
  release: {
    name: 'tree',
    folder: inProject('build', 'tree', 'plugin'),
    definitions: ['-DCMAKE_BUILD_TYPE=Release', '-DGRYM_BUILD_PLUGIN=ON'],
  },
  threads: {
    name: 'tsan',
    folder: inProject('build', 'tests', 'tsan'),
    definitions: [...INSTRUMENTED, '-DGRYM_SANITIZE=thread'],
    label: 'tsan',
  },
  memory: {
    name: 'asan',
    folder: inProject('build', 'tests', 'asan'),
    definitions: [...INSTRUMENTED, '-DGRYM_SANITIZE=address,undefined'],
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

/** Configures a tree and builds the given programs in it, or all where none is given. */
async function build(tree, programs = []) {
  const log = `tests-${tree.name}`;
  const { folder } = tree;
  // For the reports: the released tree lies elsewhere.
  mkdirSync(inProject('build', 'tests'), { recursive: true });
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

/**
 * Builds all trees, two at a time: the end of each waits for one long file. Resolves to what went wrong, by tree.
 * @returns {Promise<Map<Tree, SetupError>>}
 */
export async function buildTrees() {
  const failures = new Map();
  const buildOne = async (tree) => {
    try {
      await build(tree);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      failures.set(tree, error);
    }
  };
  await Promise.all([
    buildOne(TREES.threads),
    (async () => {
      await buildOne(TREES.release);
      await buildOne(TREES.memory);
    })(),
  ]);
  return failures;
}

/** Runs the tests of one tree; a tree that could not be built is one failure. */
export async function runCppTests(tree, pattern, failures) {
  const { folder } = tree;
  if (failures.has(tree)) {
    console.log(failures.get(tree).message);
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

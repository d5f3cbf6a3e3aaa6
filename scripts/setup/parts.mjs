// The parts that are built here, in order. Each says from what it is built (its stamp), what it leaves behind (its outputs), and how.
import { readFileSync, renameSync, rmSync, existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { outputOf, runLogged } from './commands.mjs';
import { headersFolder } from './node-headers.mjs';
import { npmCommand, npmNodeDirectory } from './npm-command.mjs';
import { inProject, projectRoot } from './project.mjs';
import { digest, listFiles } from './stamps.mjs';

const jobs = () => String(availableParallelism());
const endsWith = (pattern) => (path) => pattern.test(path);
const cppSources = endsWith(/(\.(c|cc|cpp|h|hpp|in|cmake|patch|ttl|lua)|CMakeLists\.txt)$/);

let manifest;
const pinnedVersion = (name) => {
  manifest ??= JSON.parse(readFileSync(inProject('package.json'), 'utf8'));
  return manifest.dependencies[name] ?? manifest.devDependencies[name];
};

// onnxruntime-node's install step fetches CUDA libraries from a third host; the CPU libraries are in the package.
const installEnvironment = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };

/** What only the tests need stays away from a start, and stays where it is once it is there: npm would prune it. */
const omitTestPackages = () => (existsSync(inProject('node_modules', 'jest')) ? [] : ['--omit=dev']);

async function installNpmPackages({ lock, interrupted }) {
  await installFromLockFile({ lock, interrupted, log: 'npm', choice: omitTestPackages });
}

async function installNpmTestPackages({ lock, interrupted }) {
  await installFromLockFile({ lock, interrupted, log: 'npm-tests', choice: () => ['--include=dev'] });
}

async function installFromLockFile({ lock, interrupted, log, choice }) {
  // A package that was being unpacked when npm was killed looks whole to npm.
  if (interrupted) rmSync(inProject('node_modules'), { recursive: true, force: true });
  const [command, ...leading] = npmCommand();
  // `install --no-save` takes the lock file's versions and leaves the file alone, as `ci` does; but `ci` refuses where a registry lacks a
  // package for somebody else's system (optional builds for macOS and Windows), and deletes what is already there.
  // No package's install step is needed but the SQLite driver's, which is the next part: nothing else is run, nothing else is fetched.
  const args = [...leading, 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await runLogged(command, [...args, ...choice()], { log, env: installEnvironment, lock });
}

const tryDriver = ['-e', "new (require('better-sqlite3'))(':memory:').exec('select 1')"];

async function buildSqliteDriver({ lock }) {
  // Whoever ran `npm install` by hand has one already.
  if (outputOf(process.execPath, tryDriver, { cwd: projectRoot }) !== null) return;
  const headers = await headersFolder(npmNodeDirectory());
  const [command, ...leading] = npmCommand();
  const env = {
    ...installEnvironment,
    // A prebuilt driver would come from a third host; on machines that cannot reach it the attempt costs minutes.
    npm_config_build_from_source: 'true',
    npm_config_jobs: jobs(),
    ...(headers && { npm_config_nodedir: headers }),
  };
  await runLogged(command, [...leading, 'rebuild', 'better-sqlite3', '--ignore-scripts=false', '--foreground-scripts'], {
    log: 'sqlite',
    env,
    lock,
  });
  await runLogged(process.execPath, tryDriver, { log: 'sqlite', append: true, lock });
}

async function buildAddons({ lock, interrupted }) {
  if (interrupted) rmSync(inProject('build', 'tree', 'native'), { recursive: true, force: true });
  const script = inProject('node_modules', 'cmake-js', 'bin', 'cmake-js');
  const options = ['--out', inProject('build', 'tree', 'native'), '-G', 'Unix Makefiles', '--CDGRYM_BUILD_NATIVE=ON', '--parallel', jobs()];
  await runLogged(process.execPath, [script, 'build', ...options], { log: 'native', lock });
}

async function buildPlugin({ lock, interrupted }) {
  const tree = inProject('build', 'tree', 'plugin');
  if (interrupted) rmSync(tree, { recursive: true, force: true });
  await runLogged(
    'cmake',
    // The C++ tests are built in this tree as well, so that the plugin's libraries are compiled once; here they are left out.
    [
      '-S',
      projectRoot,
      '-B',
      tree,
      '-G',
      'Unix Makefiles',
      '-DCMAKE_BUILD_TYPE=Release',
      '-DGRYM_BUILD_PLUGIN=ON',
      '-DGRYM_BUILD_TESTS=OFF',
    ],
    { log: 'plugin', lock },
  );
  await runLogged('cmake', ['--build', tree, '-j', jobs()], { log: 'plugin', append: true, lock });
}

async function compileDaemon({ lock }) {
  const fresh = inProject('build', 'js.new');
  const current = inProject('build', 'js');
  const old = inProject('build', 'js.old');
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  const compiler = inProject('node_modules', 'typescript', 'bin', 'tsc');
  await runLogged(process.execPath, [compiler, '-p', inProject('tsconfig.json'), '--outDir', fresh], { log: 'daemon', lock });
  // Swapped whole, so that files of removed sources do not stay and a start never sees half of a build.
  if (existsSync(current)) renameSync(current, old);
  renameSync(fresh, current);
  rmSync(old, { recursive: true, force: true });
}

/**
 * @typedef {{ name: string, title: string, why: string, megabytes: number, estimateSeconds: number, outputs: string[],
 *   onlyForTests?: boolean, aside?: boolean, stamp: () => string, after?: string[], build: (context: { lock: { descriptor: number }, interrupted: boolean }) => Promise<void> }} Part
 */

/** @type {Part[]} */
export const parts = [
  {
    name: 'npm',
    title: 'npm packages',
    why: 'libraries of the daemon, and the tools that build it',
    megabytes: 540,
    estimateSeconds: 30,
    outputs: [inProject('node_modules', '.package-lock.json')],
    stamp: () => digest(projectRoot, ['package-lock.json']),
    build: installNpmPackages,
  },
  {
    name: 'npm-tests',
    title: 'npm packages of the tests',
    why: 'test runner, type and layer checks, formatter',
    megabytes: 115,
    estimateSeconds: 20,
    onlyForTests: true,
    outputs: [inProject('node_modules', 'jest'), inProject('node_modules', 'eslint')],
    after: ['npm'],
    stamp: () => digest(projectRoot, ['package-lock.json']),
    build: installNpmTestPackages,
  },
  {
    name: 'sqlite',
    title: 'SQLite driver',
    why: 'compiled for this Node; the library and the journal live in SQLite',
    megabytes: 20,
    estimateSeconds: 75,
    outputs: [inProject('node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node')],
    after: ['npm', 'npm-tests'],
    aside: true, // one file of nine megabytes: a minute on one core
    stamp: () =>
      digest(projectRoot, [], { version: pinnedVersion('better-sqlite3'), abi: process.versions.modules, architecture: process.arch }),
    build: buildSqliteDriver,
  },
  {
    name: 'native',
    title: 'audio addons',
    why: 'synthesis, analysis and the shared audio path, in C++',
    megabytes: 10,
    estimateSeconds: 60,
    outputs: ['audio_path', 'dsp', 'shared_buffer'].map((name) => inProject('build', 'native', `${name}.node`)),
    stamp: () =>
      digest(projectRoot, ['CMakeLists.txt', ...listFiles(projectRoot, ['native', 'protocol'], cppSources)], {
        addonApi: pinnedVersion('node-addon-api'),
        headers: pinnedVersion('node-api-headers'),
        builder: pinnedVersion('cmake-js'),
        architecture: process.arch,
      }),
    build: buildAddons,
  },
  {
    name: 'plugin',
    title: 'bridge plugin',
    why: 'LV2, VST3 and CLAP bundles for the DAW',
    megabytes: 40,
    estimateSeconds: 120,
    outputs: [
      inProject('build', 'plugins', 'lv2', 'grym-bridge.lv2'),
      inProject('build', 'plugins', 'vst3', 'grym-bridge.vst3'),
      inProject('build', 'plugins', 'vst3', 'grym-bridge-instrument.vst3'),
      inProject('build', 'plugins', 'clap', 'grym-bridge.clap'),
    ],
    stamp: () =>
      digest(projectRoot, ['CMakeLists.txt', ...listFiles(projectRoot, ['bridge-plugin', 'protocol'], cppSources)], {
        architecture: process.arch,
      }),
    build: buildPlugin,
  },
  {
    name: 'daemon',
    title: 'daemon',
    why: 'TypeScript to JavaScript',
    megabytes: 5,
    estimateSeconds: 15,
    outputs: [inProject('build', 'js', 'daemon', 'main.js')],
    stamp: () =>
      digest(projectRoot, ['tsconfig.json', ...listFiles(projectRoot, ['daemon', 'protocol'], endsWith(/\.ts$/))], {
        compiler: pinnedVersion('typescript'),
      }),
    build: compileDaemon,
  },
];

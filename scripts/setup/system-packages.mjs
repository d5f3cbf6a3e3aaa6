// Debian packages: which are missing, and who may install them.
import { readFileSync, statSync } from 'node:fs';
import { EXIT, SetupError } from './project.mjs';
import { findProgram, outputOf, runLogged } from './commands.mjs';
import { spawnSync } from 'node:child_process';

const DPKG_STATUS = '/var/lib/dpkg/status';
const LOCK_TIMEOUT_SECONDS = 600;
const APT_OPTIONS = ['-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT_SECONDS}`];

/** What the installed packages depend on being unchanged since: cheap to ask, so that an up-to-date start runs no dpkg-query. */
export function packageDatabaseFacts() {
  const status = statSync(DPKG_STATUS, { throwIfNoEntry: false });
  return status ? { modified: status.mtimeMs, size: status.size } : { modified: 0, size: 0 };
}

/** True where the packages of our lists can be had. */
export function isDebianLike() {
  return findProgram('dpkg-query') !== null && findProgram('apt-get') !== null;
}

export function distributionName() {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

/** @param {import('./packages.mjs').DebianPackage[]} packages */
export function missingPackages(packages) {
  // dpkg-query fails where one name is unknown, and still prints the ones it knows.
  const names = packages.map(({ name }) => name);
  const result = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${Package}\n', ...names], {
    encoding: 'utf8',
    env: process.env,
  });
  const installed = new Set(
    (result.stdout ?? '')
      .split('\n')
      .filter((line) => line.startsWith('ii'))
      .map((line) => line.slice(2).trim()),
  );
  return packages.filter(({ name }) => !installed.has(name));
}

/**
 * Who runs apt-get: `root` (we are), `sudo` (asks on the terminal), `sudo -n` (never asks), or `nobody`.
 * @param {{ userId: number, hasSudo: boolean, onTerminal: boolean, sudoNeedsNoPassword: () => boolean }} situation
 */
export function whoInstalls({ userId, hasSudo, onTerminal, sudoNeedsNoPassword }) {
  if (userId === 0) return 'root';
  if (!hasSudo) return 'nobody';
  if (onTerminal) return 'sudo';
  return sudoNeedsNoPassword() ? 'sudo -n' : 'nobody';
}

const installArguments = (names) => [...APT_OPTIONS, 'install', '-y', '--no-install-recommends', ...names];

/** The command that a person with the right to do so can copy. */
export function installCommand(names) {
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

export function notDebianMessage(packages) {
  const list = packages.map(({ name, why }) => `  ${name.padEnd(24)} ${why}`).join('\n');
  return (
    `grym-synth installs what it needs by itself on Debian 12 and later and on Ubuntu 24.04 and later; this is ${distributionName()}. ` +
    `Install the counterparts of these Debian packages, then run the command again with GRYM_SYSTEM_PACKAGES=present:\n${list}`
  );
}

/** The person's words for a set-up that may not install anything. */
export function needsRootMessage(names) {
  return `These system packages are missing, and this user may not install them. Run this, then start again:\n\n  ${installCommand(names)}\n`;
}

/**
 * Decides who installs, and asks for the password now, before any progress line, where one will be needed.
 * @param {string[]} names
 */
export function authorise(names, situation = {}) {
  const who = whoInstalls({
    userId: process.getuid(),
    hasSudo: findProgram('sudo') !== null,
    onTerminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
    sudoNeedsNoPassword: () => outputOf('sudo', ['-n', 'true']) !== null,
    ...situation,
  });
  if (who === 'nobody') throw new SetupError(needsRootMessage(names), EXIT.needsRoot);
  if (who === 'sudo' && spawnSync('sudo', ['-v'], { stdio: 'inherit' }).status !== 0) {
    throw new SetupError(needsRootMessage(names), EXIT.needsRoot);
  }
  return who;
}

/** A command as the command line for whoever installs; nothing in it ever asks a question. */
export function rootCommandLine(who, command) {
  const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_SUSPEND=1', ...command];
  if (who === 'root') return quiet;
  return who === 'sudo' ? ['sudo', ...quiet] : ['sudo', '-n', ...quiet];
}

/** @param {'root' | 'sudo' | 'sudo -n'} who @param {string[]} names */
export async function installPackages(who, names, { warn, log = 'system-packages' }) {
  const run = ([command, ...args], options) => runLogged(command, args, { log, ...options });
  // An installation that was killed leaves packages half configured, and apt-get refuses to go on until they are not.
  if (outputOf('dpkg', ['--audit'])) await run(rootCommandLine(who, ['dpkg', '--configure', '-a']));
  try {
    await run(rootCommandLine(who, ['apt-get', ...APT_OPTIONS, 'update']), { append: true });
  } catch (error) {
    // One broken third-party source makes the whole update fail although the lists that matter are there: let the installation decide.
    if (!(error instanceof SetupError)) throw error;
    warn('apt-get update reported problems (build/logs/system-packages.log); trying with the package lists there are.');
  }
  await run(rootCommandLine(who, ['apt-get', ...installArguments(names)]), {
    append: true,
    remedy: `To try by hand: ${installCommand(names)}`,
  });
}

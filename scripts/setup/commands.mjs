// Runs programs with their output in a log file, and shows the end of the log when one fails.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, logFolder, projectRoot } from './project.mjs';

const TAIL_LINES = 40;

/** Full path of a program in PATH, or null. */
export function findProgram(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // not here
    }
  }
  return null;
}

/** Standard output of a short command, or null where it cannot be run or fails. */
export function outputOf(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: process.env, ...options });
  return result.status === 0 ? result.stdout : null;
}

export function tailOf(file, lines = TAIL_LINES) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

const running = new Set();

/** Ends what is still running, children of children included, when this process is told to end. */
export function endChildren(signal) {
  for (const { pid, ownGroup } of running) {
    try {
      process.kill(ownGroup ? -pid : pid, signal);
    } catch {
      // it has just ended by itself
    }
  }
}

/**
 * Runs a command to its end; its output goes into build/logs/<log>.log.
 * A command that inherits a lock gets a process group of its own, so that all of it can be ended together; the others (apt-get, by way
 * of sudo) stay with the terminal, where they can ask.
 * @param {{ log: string, env?: NodeJS.ProcessEnv, cwd?: string, append?: boolean, remedy?: string, lock?: { descriptor: number } }} options
 */
export async function runLogged(command, args, { log, env = process.env, cwd = projectRoot, append = false, remedy = '', lock }) {
  mkdirSync(logFolder, { recursive: true });
  const logFile = join(logFolder, `${log}.log`);
  const descriptor = openSync(logFile, append ? 'a' : 'w');
  writeSync(descriptor, `$ ${[command, ...args].join(' ')}\n`);
  let entry;
  try {
    const stdio = ['ignore', descriptor, descriptor, ...(lock ? [lock.descriptor] : [])];
    const child = spawn(command, args, { cwd, env, stdio, detached: lock !== undefined });
    entry = { pid: child.pid, ownGroup: lock !== undefined };
    if (child.pid !== undefined) running.add(entry);
    const [code, signal] = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...end) => resolve(end));
    });
    if (code === 0) return;
    const ending = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
    const said = `${command} ${args[0] ?? ''} ${ending}. The end of ${logFile}:\n\n${tailOf(logFile)}`;
    throw new SetupError(remedy ? `${said}\n\n${remedy}` : said);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(`${command} could not be run: ${error.message}`);
  } finally {
    running.delete(entry);
    closeSync(descriptor);
  }
}

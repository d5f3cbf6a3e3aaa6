import { generateAction } from '../../actions/index.js';
import { createLogger, findPackageRoot, GrymError, loadConfiguration, messageOf, packageVersion } from '../../kernel/index.js';
import { findRunningDaemon, type DaemonFile } from '../access/index.js';
import { askDaemon, EXIT_CODES, exitCodeOf, processTerminal, toWireError, type Terminal } from '../cli/index.js';
import { connectTo } from '../client/index.js';
import { parseStartFlags, startHelp, type StartRequest } from './flags.js';
import { interruption } from './interruption.js';
import { makeClip } from './make-clip.js';
import { nextStepsText, pluginText, readyText } from './messages.js';
import type { StartDaemon } from './running-daemon.js';

export interface ForegroundOptions {
  readonly startDaemon: StartDaemon;
  /** On the clock of `performance.now()`, for the time that the start took. */
  readonly startedAtMs: number;
}

/** `grym daemon …` and `npm start -- …`: resolves with the exit status when everything is done. */
export async function runInForeground(args: readonly string[], options: ForegroundOptions): Promise<number> {
  const terminal = processTerminal();
  const json = args.includes('--json');
  try {
    const request = parseStartFlags(args);
    if (request.help) terminal.out(startHelp());
    else if (request.version) terminal.out(`${packageVersion()}\n`);
    else return await run(request, terminal, options);
    return EXIT_CODES.ok;
  } catch (error) {
    const wire = toWireError(error);
    if (json) terminal.out(`${JSON.stringify({ error: wire })}\n`);
    else terminal.note(`grym: ${wire.message}\n  ${wire.remedy}\n`);
    if (wire.code === 'GRYM_INTERNAL' && error instanceof Error) terminal.note(`${error.stack ?? messageOf(error)}\n`);
    return exitCodeOf(wire);
  }
}

async function run(request: StartRequest, terminal: Terminal, { startDaemon, startedAtMs }: ForegroundOptions): Promise<number> {
  const configuration = loadConfiguration({ environment: process.env, flags: request.settings, file: request.configurationFile });
  const interrupt = interruption();
  const running = await findRunningDaemon(configuration.paths.runtimeFolder);
  if (running !== null) return askRunningDaemon(running, request, terminal, interrupt.signal);

  // Lines of the log would tear the progress bar apart; problems are shown all the same.
  const level = terminal.live && !configuration.given.has('logLevel') ? 'warn' : configuration.logLevel;
  const daemon = await startDaemon(configuration, createLogger({ level, format: configuration.logFormat }));
  try {
    const root = findPackageRoot();
    if (!request.json) {
      const clipFolder = configuration.paths.clipFolder;
      const facts = { version: daemon.version, port: daemon.port, clipFolder, clipCount: daemon.library.count() };
      terminal.out(readyText({ ...facts, packageRoot: root, startMilliseconds: performance.now() - startedAtMs }));
    }
    if (request.prompt !== null) {
      const done = await makeClip(daemon, request, terminal, interrupt.signal);
      if (request.once) return done;
    }
    if (!request.json) terminal.out(pluginText(root) + nextStepsText(request.prompt !== null));
    await Promise.race([interrupt.fired, daemon.stopRequested]);
    if (!request.json) terminal.note('Stopping.\n');
    return EXIT_CODES.ok;
  } finally {
    await daemon.stop();
  }
}

async function askRunningDaemon(running: DaemonFile, request: StartRequest, terminal: Terminal, signal: AbortSignal): Promise<number> {
  if (request.prompt === null) throw new GrymError('GRYM_DAEMON_RUNNING', { processId: running.processId, port: running.port });
  if (!request.json) terminal.note(`A daemon runs already (process ${running.processId}); it makes the clip.\n`);
  const client = await connectTo(running, 'grym start');
  try {
    await askDaemon(client, generateAction, { prompt: request.prompt }, { terminal, json: request.json, signal });
    return EXIT_CODES.ok;
  } finally {
    await client.close();
  }
}

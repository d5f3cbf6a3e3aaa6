import { Command, CommanderError, Option } from 'commander';
import { ACTIONS, checkModelsAction, suggestion } from '../../actions/index.js';
import { GrymError, loadConfiguration, packageVersion, type Environment } from '../../kernel/index.js';
import { connectToDaemon, type DaemonClient } from '../client/index.js';
import { actionCommand, actionOf, type RunAction } from './action-command.js';
import { askDaemon } from './ask-daemon.js';
import { completeWords, type AskAction } from './completion-values.js';
import { completionScript, SHELLS, type Shell } from './completion.js';
import { CommandEnded, EXIT_CODES, exitCodeOf, toWireError } from './exit-codes.js';
import { askingForLicence } from './licence-question.js';
import { modelsGroup } from './models-group.js';
import { processTerminal, type Terminal } from './terminal.js';
import { withWorkflowFile } from './workflow-file.js';
import { workflowDocumentCommands } from './workflow-command.js';
import { workflowGroup } from './workflow-group.js';

export interface CommandLineOptions {
  readonly environment: Environment;
  readonly terminal?: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** `grym daemon`: runs the daemon in this process and resolves with its exit status. */
  readonly startDaemon: (args: readonly string[]) => Promise<number>;
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly runtimeDir?: string;
}

/** Runs one `grym …` command; resolves with the exit status. `args` are the words after the program's name. */
export async function runCommandLine(args: readonly string[], options: CommandLineOptions): Promise<number> {
  if (args[0] === 'daemon') return options.startDaemon(args.slice(1));
  const terminal = options.terminal ?? processTerminal();
  const json = args.includes('--json');
  const program = createProgram(options, terminal);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return EXIT_CODES.ok;
  } catch (error) {
    if (error instanceof CommandEnded) return error.exitCode;
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.ok;
    if (error instanceof CommanderError && error.code === 'commander.help' && !json) {
      const group = program.commands.find((command) => command.name() === args[0]);
      terminal.note((group ?? program).helpInformation());
      return EXIT_CODES.badUsage;
    }
    const usage = error instanceof CommanderError ? new GrymError('GRYM_USAGE', { problem: usageProblem(error, program) }) : error;
    return report(usage, terminal, json);
  }
}

function report(error: unknown, terminal: Terminal, json: boolean): number {
  const wire = toWireError(error);
  if (json) terminal.out(`${JSON.stringify({ error: wire })}\n`);
  else terminal.note(`grym: ${wire.message}\n  ${wire.remedy}\n`);
  return exitCodeOf(wire);
}

function usageProblem(error: CommanderError, program: Command): string {
  const problem = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  if (error.code === 'commander.help') return 'a command is missing';
  const unknownFlag =
    error.code === 'commander.unknownOption' && !problem.includes('Did you mean') ? /'(--[^']+)'/.exec(problem)?.[1] : undefined;
  if (unknownFlag === undefined) return problem;
  const owners = withInner(program).filter(({ options }) => options.some(({ long }) => long === unknownFlag));
  if (owners.length > 0) return `${problem}, which is one of ${owners.slice(0, 3).map(fullName).join(', ')}`;
  const flags = new Set(withInner(program).flatMap((command) => command.options.flatMap((option) => (option.long ? [option.long] : []))));
  return `${problem}.${suggestion(unknownFlag, [...flags])}`;
}

/** "grym models pull". */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function createProgram(options: CommandLineOptions, terminal: Terminal): Command {
  const program = new Command('grym')
    .description('Ask the grym-synth daemon: make clips, load, launch and judge them')
    .version(packageVersion())
    .addHelpText('after', EXIT_HELP);
  const withDaemon = async (use: (client: DaemonClient) => Promise<unknown>): Promise<void> => {
    const { runtimeDir } = program.opts<GlobalOptions>();
    const { paths } = loadConfiguration({ environment: options.environment, flags: { runtimeFolder: runtimeDir } });
    const client = await connectToDaemon(paths.runtimeFolder, 'grym');
    try {
      await use(client);
    } finally {
      await client.close();
    }
  };
  const runAction: RunAction = (action, params) => {
    const { json = false } = program.opts<GlobalOptions>();
    return withDaemon(async (client) => {
      const ask = async (given: Record<string, unknown>): Promise<unknown> =>
        askDaemon(client, action, await withWorkflowFile(action, given), { terminal, json, signal: options.signal });
      const result = await askingForLicence(action, params, { terminal, json, client }, ask);
      // Found out is not done: a script must hear that a model does not work.
      if (action.name === checkModelsAction.name && isNotOk(result)) throw new CommandEnded(EXIT_CODES.failed);
    });
  };
  for (const action of ACTIONS) program.addCommand(actionCommand(action, runAction));
  const documents = workflowDocumentCommands({
    terminal,
    json: () => program.opts<GlobalOptions>().json ?? false,
    configuration: () => loadConfiguration({ environment: options.environment }),
  });
  program.addCommand(workflowGroup(runAction, documents));
  program.addCommand(modelsGroup(runAction));
  program.addCommand(daemonCommand());
  program.addCommand(completionCommand(program, terminal));
  program.addCommand(completeCommand(program, terminal, withDaemon), { hidden: true });
  for (const command of withInner(program)) {
    command.exitOverride().configureOutput({ writeOut: terminal.out, writeErr: () => undefined });
    // On every command, so that the flags may stand behind the command's name too.
    command.addOption(new Option('--json', 'Print the result, or the error, as JSON'));
    command.addOption(new Option('--runtime-dir <folder>', 'Where daemon.json lies'));
    if (command !== program) command.hook('preAction', (_command, called) => takeGlobals(program, called));
  }
  return program;
}

function isNotOk(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'ok' in result && result.ok === false;
}

function withInner(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withInner)];
}

function takeGlobals(program: Command, called: Command): void {
  const { json, runtimeDir } = called.opts<GlobalOptions>();
  if (json !== undefined) program.setOptionValue('json', json);
  if (runtimeDir !== undefined) program.setOptionValue('runtimeDir', runtimeDir);
}

/** Only for the list of commands: its words are the daemon's own and are handed on before they are parsed here. */
function daemonCommand(): Command {
  return new Command('daemon')
    .description('Run the daemon in the foreground until Ctrl-C; takes the flags of the daemon and a prompt')
    .argument('[words...]', 'Flags of the daemon, prompt');
}

function completionCommand(program: Command, terminal: Terminal): Command {
  return new Command('completion')
    .description('Print a script for the shell that completes grym, for example: eval "$(grym completion bash)"')
    .addArgument(program.createArgument('<shell>').choices(SHELLS))
    .action((shell: Shell) => {
      const script = completionScript(program, shell);
      terminal.out(program.opts<GlobalOptions>().json === true ? `${JSON.stringify({ shell, script })}\n` : script);
    });
}

/** What the completion scripts ask. Without a daemon nothing is completed, and nothing is said into the user's line. */
function completeCommand(
  program: Command,
  terminal: Terminal,
  withDaemon: (use: (client: DaemonClient) => Promise<unknown>) => Promise<void>,
): Command {
  return new Command('complete').argument('[words...]').action(async (words: string[]) => {
    const ask: AskAction = async (action, params) => {
      let result: unknown;
      await withDaemon(async (client) => (result = await client.request(action, params)));
      return result;
    };
    const values = await completeWords(program, actionOf, words, ask).catch((): string[] => []);
    terminal.out(values.map((value) => `${value}\n`).join(''));
  });
}

const EXIT_HELP = `
Exit status: 0 done, 1 failed, 2 wrong usage, 3 set-up needs privileges, 4 no daemon runs, 130 interrupted.`;

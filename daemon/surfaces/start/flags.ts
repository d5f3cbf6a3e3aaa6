import { parseArgs } from 'node:util';
import { suggestion } from '../../actions/index.js';
import { GrymError, messageOf, SETTINGS, type ConfigurationFlags, type SettingName } from '../../kernel/index.js';

/** What the words behind `npm start --` or `grym daemon` ask for. */
export interface StartRequest {
  readonly help: boolean;
  readonly version: boolean;
  /** Make the clip, print its path, end. */
  readonly once: boolean;
  readonly json: boolean;
  /** Null where no prompt was given. */
  readonly prompt: string | null;
  readonly configurationFile: string | undefined;
  readonly settings: ConfigurationFlags;
}

const SWITCHES = ['help', 'version', 'once', 'json'] as const;
const flagName = (flag: string): string => flag.replace(/^--/, '');

/** Throws GRYM_USAGE for a flag that there is not. */
export function parseStartFlags(args: readonly string[]): StartRequest {
  const known = [...SWITCHES, 'prompt', 'config', ...Object.values(SETTINGS).map(({ flag }) => flagName(flag))];
  const options = Object.fromEntries(
    known.map((name) => [name, { type: (SWITCHES as readonly string[]).includes(name) ? ('boolean' as const) : ('string' as const) }]),
  );
  let parsed: { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] };
  try {
    parsed = parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
  } catch (error) {
    throw new GrymError('GRYM_USAGE', { problem: usageProblem(error, args, known) }, { cause: error });
  }
  const text = (name: string): string | undefined => {
    const value = parsed.values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const prompt = [text('prompt') ?? '', ...parsed.positionals].join(' ').trim();
  const request: StartRequest = {
    help: parsed.values['help'] === true,
    version: parsed.values['version'] === true,
    once: parsed.values['once'] === true,
    json: parsed.values['json'] === true,
    prompt: prompt === '' ? null : prompt,
    configurationFile: text('config'),
    settings: Object.fromEntries((Object.keys(SETTINGS) as SettingName[]).map((name) => [name, text(flagName(SETTINGS[name].flag))])),
  };
  if (request.once && request.prompt === null && !request.help) {
    throw new GrymError('GRYM_USAGE', { problem: '--once needs a prompt, for example: npm start -- --once "dark bass loop, 120 bpm".' });
  }
  return request;
}

function usageProblem(error: unknown, args: readonly string[], known: readonly string[]): string {
  const unknown = args.find((word) => word.startsWith('--') && !known.includes(flagName(word.split('=')[0] ?? '')));
  if (unknown === undefined) return messageOf(error).split('\n')[0] ?? '';
  const name = unknown.split('=')[0] ?? '';
  return `There is no flag ${name}.${suggestion(
    name,
    known.map((word) => `--${word}`),
  )}`;
}

export function startHelp(): string {
  const settings = Object.values(SETTINGS).map(
    ({ flag, environment, help }) => `  ${flag} <value>\n      ${help} Environment: ${environment}.\n`,
  );
  return `usage: grym daemon [flags] [prompt]     or: npm start -- [flags] ["prompt"]

Runs the daemon in the foreground until Ctrl-C. With a prompt it also makes a clip; where a daemon runs already,
the prompt goes to that one.

  --once                make the clip, print its path, end
  --prompt <text>       the prompt; words without a flag are one too
  --config <file>       another configuration file
  --json                print results and errors as JSON
  --help, --version

${settings.join('')}`;
}

import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { z } from 'zod';
import { GrymError, messageOf, systemCodeOf } from './errors.js';
import { DEFAULT_SETTINGS, SETTINGS, settingsSchema, type SettingName, type Settings } from './settings.js';

const FOLDER_NAME = 'grym-synth';

export type Environment = Readonly<Record<string, string | undefined>>;
/** Flags as the command line gave them, by the name of the setting. */
export type ConfigurationFlags = { readonly [Name in SettingName]?: string | number | undefined };

export interface ConfigurationSources {
  readonly environment: Environment;
  readonly flags?: ConfigurationFlags;
  /** The file named by --config; GRYM_CONFIG and the XDG place are looked at where it is absent. */
  readonly file?: string | undefined;
}

/** Where everything lies. */
export interface Paths {
  readonly dataFolder: string;
  readonly clipFolder: string;
  readonly databaseFile: string;
  readonly runtimeFolder: string;
  /** `daemon.json`: port, process id, path of the token. */
  readonly daemonFile: string;
  readonly tokenFile: string;
}

export interface Configuration extends Settings {
  /** The file that was read; null where there is none. */
  readonly file: string | null;
  /** The settings that a flag, the environment or the file names; the others have their defaults. */
  readonly given: ReadonlySet<SettingName>;
  readonly paths: Paths;
}

// The XDG specification: a relative path in one of its variables is to be ignored.
function xdgFolder(environment: Environment, variable: string): string | undefined {
  const folder = environment[variable];
  return folder !== undefined && isAbsolute(folder) ? folder : undefined;
}

export function defaultDataFolder(environment: Environment): string {
  return join(xdgFolder(environment, 'XDG_DATA_HOME') ?? join(environment['HOME'] ?? homedir(), '.local', 'share'), FOLDER_NAME);
}

/** The same rule as in the plugin: both ends must look in one place. */
export function defaultRuntimeFolder(environment: Environment): string {
  const base = xdgFolder(environment, 'XDG_RUNTIME_DIR');
  return base === undefined ? `/tmp/${FOLDER_NAME}-${userInfo().uid}` : join(base, FOLDER_NAME);
}

export function defaultConfigurationFile(environment: Environment): string {
  const base = xdgFolder(environment, 'XDG_CONFIG_HOME') ?? join(environment['HOME'] ?? homedir(), '.config');
  return join(base, FOLDER_NAME, 'config.json');
}

interface FileContent {
  readonly path: string | null;
  readonly values: Readonly<Record<string, unknown>>;
}

function readFile(sources: ConfigurationSources): FileContent {
  const named = sources.file ?? (sources.environment['GRYM_CONFIG'] || undefined);
  const path = named === undefined ? defaultConfigurationFile(sources.environment) : resolve(named);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (named === undefined && systemCodeOf(error) === 'ENOENT') return { path: null, values: {} };
    throw new GrymError('GRYM_CONFIGURATION_UNREADABLE', { path, reason: messageOf(error) }, { cause: error });
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new GrymError('GRYM_CONFIGURATION_UNREADABLE', { path, reason: `it is not JSON (${messageOf(error)})` }, { cause: error });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new GrymError('GRYM_CONFIGURATION_UNREADABLE', { path, reason: 'expected one JSON object with the settings' });
  }
  return { path, values: { ...content } };
}

interface Given {
  readonly value: unknown;
  /** Completes "… in <origin>". */
  readonly origin: string;
}

function fromText(name: SettingName, text: string | number): unknown {
  if (typeof text === 'number' || !('numeric' in SETTINGS[name])) return text;
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

/** The value of a setting by precedence: flag, environment, file. */
function given(name: SettingName, sources: ConfigurationSources, file: FileContent): Given | undefined {
  const { environment, flag } = SETTINGS[name];
  const flagValue = sources.flags?.[name];
  if (flagValue !== undefined) return { value: fromText(name, flagValue), origin: `the flag ${flag}` };
  const environmentValue = sources.environment[environment];
  if (environmentValue !== undefined && environmentValue !== '') {
    return { value: fromText(name, environmentValue), origin: `the environment variable ${environment}` };
  }
  if (Object.hasOwn(file.values, name)) return { value: file.values[name], origin: `"${name}" in ${String(file.path)}` };
  return undefined;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected a ${issue.expected === 'int' ? 'whole number' : issue.expected}`;
    case 'too_small':
      return issue.origin === 'string' ? 'expected a text that is not empty' : `expected at least ${String(issue.minimum)}`;
    case 'too_big':
      return `expected at most ${String(issue.maximum)}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

function problemsOf(values: Readonly<Record<SettingName, Given>>, file: FileContent): string[] {
  const problems: string[] = [];
  for (const name of Object.keys(file.values)) {
    if (!Object.hasOwn(SETTINGS, name)) {
      problems.push(`Unknown setting "${name}" in ${String(file.path)}: known are ${Object.keys(SETTINGS).join(', ')}.`);
    }
  }
  for (const [name, { value, origin }] of Object.entries(values)) {
    const outcome = settingsSchema.shape[name as SettingName].safeParse(value);
    const issue = outcome.error?.issues[0];
    if (issue !== undefined) problems.push(`${name} from ${origin}: ${expectation(issue)}, got ${JSON.stringify(value) ?? 'nothing'}.`);
  }
  return problems;
}

function pathsOf(settings: Settings): Paths {
  const { dataFolder, runtimeFolder } = settings;
  return {
    dataFolder,
    clipFolder: join(dataFolder, 'clips'),
    databaseFile: join(dataFolder, 'grym.sqlite'),
    runtimeFolder,
    daemonFile: join(runtimeFolder, 'daemon.json'),
    tokenFile: join(runtimeFolder, 'token'),
  };
}

/**
 * Flags beat the environment, which beats the file, which beats the defaults. An empty environment variable is none.
 * Throws GRYM_CONFIGURATION_INVALID with one sentence for each mistake, or GRYM_CONFIGURATION_UNREADABLE.
 */
export function loadConfiguration(sources: ConfigurationSources): Configuration {
  const file = readFile(sources);
  const defaults: Settings = {
    ...DEFAULT_SETTINGS,
    dataFolder: defaultDataFolder(sources.environment),
    runtimeFolder: defaultRuntimeFolder(sources.environment),
    workflowFolder: join(dirname(defaultConfigurationFile(sources.environment)), 'workflows'),
    ruleFolder: join(dirname(defaultConfigurationFile(sources.environment)), 'rules'),
    modelFolder: '',
  };
  const names = Object.keys(SETTINGS) as SettingName[];
  const stated = new Map(names.map((name) => [name, given(name, sources, file)]));
  // Beside the library, wherever that lies.
  const dataFolder = stated.get('dataFolder')?.value ?? defaults.dataFolder;
  const modelFolder = join(typeof dataFolder === 'string' ? dataFolder : defaults.dataFolder, 'models');
  const values = Object.fromEntries(
    names.map((name) => [
      name,
      stated.get(name) ?? { value: name === 'modelFolder' ? modelFolder : defaults[name], origin: 'the default' },
    ]),
  ) as Record<SettingName, Given>;

  const problems = problemsOf(values, file);
  if (problems.length > 0) throw new GrymError('GRYM_CONFIGURATION_INVALID', { problems: problems.join(' ') });
  const settings = settingsSchema.parse(Object.fromEntries(names.map((name) => [name, values[name].value])));
  return { ...settings, file: file.path, given: new Set(names.filter((name) => stated.get(name) !== undefined)), paths: pathsOf(settings) };
}

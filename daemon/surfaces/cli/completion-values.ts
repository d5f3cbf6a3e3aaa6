import type { Command } from 'commander';
import { z } from 'zod';
import type { ActionDeclaration } from '../../actions/index.js';
import { isPair, placesOf, type CommandParameter, type Place } from './parameters.js';

/** Asks an action of the running daemon. */
export type AskAction = (action: string, params: Record<string, unknown>) => Promise<unknown>;

/** What an action's command was made of. */
export interface CompletedAction {
  readonly action: ActionDeclaration;
  readonly parameters: readonly CommandParameter[];
}

/**
 * The values that fit where the cursor is. `words` are those after `grym`, the last one as far as it is typed. Flags and commands are
 * completed by the script itself.
 */
export async function completeWords(
  program: Command,
  actionOf: (command: Command) => CompletedAction | undefined,
  words: readonly string[],
  ask: AskAction,
): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const { command, rest } = innermostCommand(program, words.slice(0, -1));
  const completed = actionOf(command);
  if (completed === undefined) return matching(current, subcommandsOf(command));
  const { parameters } = completed;
  const flag = rest.at(-1)?.startsWith('--') === true ? rest.at(-1)?.slice(2) : undefined;
  const flagged = parameters.find((parameter) => parameter.flag === flag && parameter.kind !== 'switch');
  const typed = positionalWords(parameters, rest);
  const places = placesOf(completed.action, parameters);
  const parameter = flagged ?? placeOf(places, typed)?.parameter;
  if (parameter === undefined) return [];
  const before = Object.fromEntries(places.map((place, index) => [place.parameter.name, typed[index] ?? '']));
  return matching(current, await candidates(parameter, before, ask));
}

function innermostCommand(program: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  const [first, ...rest] = words;
  const inner = program.commands.find((command) => command.name() === first);
  return inner === undefined ? { command: program, rest: words } : innermostCommand(inner, rest);
}

function subcommandsOf(command: Command): string[] {
  return command.commands.map((inner) => inner.name());
}

function matching(current: string, values: readonly string[]): string[] {
  return values.filter((value) => value.startsWith(current));
}

/** Words that fill places: neither flags, nor the values of flags, nor `name=value`. */
function positionalWords(parameters: readonly CommandParameter[], words: readonly string[]): string[] {
  return words.filter((word, index) => {
    const before = words[index - 1] ?? '';
    const isFlagValue = before.startsWith('--') && parameters.some(({ flag, kind }) => `--${flag}` === before && kind !== 'switch');
    return !word.startsWith('--') && !isFlagValue && !isPair(word);
  });
}

function placeOf(places: readonly Place[], typed: readonly string[]): Place | undefined {
  const last = places.at(-1);
  return places[typed.length] ?? (last?.rest === true ? last : undefined);
}

const names = <Key extends string>(list: Key, name: string) =>
  z
    .object({ [list]: z.array(z.object({ [name]: z.string() }).transform((entry) => entry[name] ?? '')) })
    .transform((value) => value[list] ?? []);

async function candidates(parameter: CommandParameter, before: Readonly<Record<string, string>>, ask: AskAction): Promise<string[]> {
  if (parameter.choices !== null) return [...parameter.choices];
  const from = async (action: string, params: Record<string, unknown>, schema: z.ZodType<unknown>): Promise<string[]> =>
    z.array(z.string()).parse(schema.parse(await ask(action, params)));
  switch (parameter.valuesFrom) {
    case 'runs':
      return from('list-runs', { limit: 50 }, names('runs', 'runId'));
    case 'open-runs':
      return from('list-runs', { limit: 50, state: 'open' }, names('runs', 'runId'));
    case 'decisions':
      return from('list-decisions', {}, names('decisions', 'runId'));
    case 'workflows':
      return from('list-workflows', {}, names('workflows', 'name'));
    case 'steps':
      return from('list-steps', {}, names('steps', 'name'));
    case 'capabilities':
      return capabilityNames(await ask('list-providers', {}));
    case 'known-models':
      return modelNames(await ask('list-models', {}), ({ command }) => command.startsWith('grym models pull'));
    case 'installed-models':
      return modelNames(await ask('list-models', {}), ({ state }) => state !== 'not-installed');
    case 'providers':
      return providerNames(await ask('list-providers', {}));
    case 'clips':
      return from('list-clips', { limit: 50 }, names('clips', 'hash'));
    case 'bridges':
      return from('list-bridges', {}, names('bridges', 'name'));
    case 'step-paths':
      return from('show-run', { run: before['run'] }, names('steps', 'path'));
    case 'workflow-inputs':
      return inputNames(from('show-workflow', { workflow: before['workflow'] }, names('inputs', 'name')));
    case 'run-inputs':
      return inputsOfRun(await ask('show-run', { run: before['run'], limit: 1 }));
    case 'answers':
      return answersOf(before['run'] ?? '', await ask('list-decisions', {}));
    default:
      return [];
  }
}

function capabilityNames(result: unknown): string[] {
  const { capabilities } = z.object({ capabilities: z.array(z.object({ capability: z.string() })) }).parse(result);
  return capabilities.map(({ capability }) => capability);
}

const modelsSchema = z.object({ models: z.array(z.object({ id: z.string(), state: z.string(), command: z.string() })) });

function modelNames(listed: unknown, wanted: (model: { readonly state: string; readonly command: string }) => boolean): string[] {
  return modelsSchema
    .parse(listed)
    .models.filter(wanted)
    .map(({ id }) => id);
}

function providerNames(listed: unknown): string[] {
  const { capabilities } = z
    .object({ capabilities: z.array(z.object({ providers: z.array(z.object({ provider: z.string() })) })) })
    .parse(listed);
  return [...new Set(capabilities.flatMap(({ providers }) => providers.map(({ provider }) => provider)))].sort();
}

function inputsOfRun(shown: unknown): string[] {
  const { run } = z.object({ run: z.object({ inputs: z.record(z.string(), z.unknown()) }) }).parse(shown);
  return Object.keys(run.inputs).map((name) => `${name}=`);
}

async function inputNames(list: Promise<string[]>): Promise<string[]> {
  return (await list).map((name) => `${name}=`);
}

function answersOf(run: string, listed: unknown): string[] {
  const { decisions } = z
    .object({ decisions: z.array(z.object({ runId: z.string(), options: z.array(z.object({ id: z.string() })) })) })
    .parse(listed);
  return decisions.filter(({ runId }) => run !== '' && runId.startsWith(run)).flatMap(({ options }) => options.map(({ id }) => id));
}

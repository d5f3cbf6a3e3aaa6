import { Argument, Command, Option } from 'commander';
import type { ActionDeclaration } from '../../actions/index.js';
import type { CompletedAction } from './completion-values.js';
import { commandParameters, isPair, parameterValue, placesOf, type CommandParameter, type Place } from './parameters.js';

export type RunAction = (action: ActionDeclaration, params: Record<string, unknown>) => Promise<void>;

/** The actions behind the commands, for completion. */
const ACTIONS_OF = new WeakMap<Command, CompletedAction>();

export function actionOf(command: Command): CompletedAction | undefined {
  return ACTIONS_OF.get(command);
}

/** The subcommand of an action: positional arguments and flags from its declaration. `name` where it is not the action's own. */
export function actionCommand(action: ActionDeclaration, run: RunAction, name = action.name): Command {
  const command = new Command(name).description(action.help);
  const parameters = commandParameters(action);
  const places = placesOf(action, parameters);
  ACTIONS_OF.set(command, { action, parameters });
  for (const { parameter, rest } of places) {
    const placeName = `${parameter.kind === 'pairs' ? 'name=value' : parameter.flag}${rest ? '...' : ''}`;
    command.addArgument(new Argument(parameter.required ? `<${placeName}>` : `[${placeName}]`, parameter.help));
  }
  for (const parameter of parameters) {
    const onlyPositional = parameter.required && places.some((place) => place.parameter === parameter);
    if (!onlyPositional) command.addOption(optionOf(parameter));
  }
  command.action(async (...received: unknown[]) => {
    const words = received.slice(0, places.length).flat();
    const typed = words.filter((word): word is string => typeof word === 'string' && word !== '');
    await run(action, { ...flagged(parameters, command.opts()), ...placed(places, typed) });
  });
  return command;
}

function flagged(parameters: readonly CommandParameter[], options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const parameter of parameters) {
    const value = options[parameter.name];
    if (value === undefined) continue;
    params[parameter.name] = typeof value === 'boolean' ? value : parameterValue(parameter, [value].flat().map(String));
  }
  return params;
}

/** Words `name=value` are inputs wherever they stand; the others fill the places in order. */
function placed(places: readonly Place[], words: readonly string[]): Record<string, unknown> {
  const takesPairs = places.find(({ parameter }) => parameter.kind === 'pairs');
  const inOrder = takesPairs === undefined ? [...words] : words.filter((word) => !isPair(word));
  const pairs = takesPairs === undefined ? [] : words.filter(isPair);
  const params: Record<string, unknown> = {};
  for (const place of places) {
    const own = place.rest ? inOrder.splice(0) : inOrder.splice(0, 1);
    if (place === takesPairs) own.unshift(...pairs);
    if (own.length > 0) params[place.parameter.name] = parameterValue(place.parameter, own);
  }
  return params;
}

function optionOf(parameter: CommandParameter): Option {
  const { kind, flag, help } = parameter;
  // A switch that is on by default can only be switched off, and the other way round.
  if (kind === 'switch') return new Option(help.includes('[default: true]') ? `--no-${flag}` : `--${flag}`, help);
  if (kind === 'pairs') return new Option(`--${flag} <name=value...>`, help);
  if (kind === 'words') return new Option(`--${flag} <value...>`, help);
  return new Option(`--${flag} <${kind === 'number' ? 'number' : 'value'}>`, help);
}

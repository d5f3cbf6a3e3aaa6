import { Argument, Command, Option } from 'commander';
import type { ActionDeclaration } from '../../actions/index.js';
import { commandParameters, parameterValue, type CommandParameter } from './parameters.js';

export type RunAction = (action: ActionDeclaration, params: Record<string, unknown>) => Promise<void>;

/** The subcommand of an action: positional arguments and flags from its declaration. */
export function actionCommand(action: ActionDeclaration, run: RunAction): Command {
  const command = new Command(action.name).description(action.help);
  const parameters = commandParameters(action);
  const positional = action.positional.flatMap((entry) => {
    const rest = entry.endsWith('...');
    const parameter = parameters.find(({ name }) => name === (rest ? entry.slice(0, -3) : entry));
    return parameter === undefined ? [] : [{ parameter, rest }];
  });
  for (const { parameter, rest } of positional) {
    const name = `${parameter.flag}${rest ? '...' : ''}`;
    command.addArgument(new Argument(parameter.required ? `<${name}>` : `[${name}]`, parameter.help));
  }
  for (const parameter of parameters) {
    const onlyPositional = parameter.required && positional.some((place) => place.parameter === parameter);
    if (!onlyPositional) command.addOption(optionOf(parameter));
  }
  command.action(async (...received: unknown[]) => {
    const words = received.slice(0, positional.length);
    const params: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(command.opts<Record<string, unknown>>())) {
      const parameter = parameters.find((candidate) => candidate.name === name);
      if (parameter !== undefined) params[name] = typeof value === 'string' ? parameterValue(parameter, value) : value;
    }
    positional.forEach(({ parameter }, index) => {
      const word = words[index];
      const text = Array.isArray(word) ? word.join(' ') : word;
      if (typeof text === 'string' && text !== '') params[parameter.name] = parameterValue(parameter, text);
    });
    await run(action, params);
  });
  return command;
}

function optionOf(parameter: CommandParameter): Option {
  // A switch that is on by default can only be switched off, and the other way round.
  if (parameter.kind === 'switch')
    return new Option(parameter.help.includes('[default: true]') ? `--no-${parameter.flag}` : `--${parameter.flag}`, parameter.help);
  const value = parameter.kind === 'number' ? 'number' : 'value';
  return new Option(`--${parameter.flag} <${value}>`, parameter.help);
}

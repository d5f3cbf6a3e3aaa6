import { z } from 'zod';
import { GrymError } from '../kernel/index.js';
import { ACTIONS } from './all-actions.js';
import type { ActionContext, ActionDeclaration, DangerLevel } from './declaration.js';
import { suggestion } from './did-you-mean.js';
import type { ActionServices } from './services.js';

/** An action as a program sees it. */
export interface ActionDescription {
  readonly name: string;
  readonly help: string;
  readonly danger: DangerLevel;
  readonly performanceSafe: boolean;
  readonly positional: readonly string[];
  readonly paramsSchema: unknown;
  readonly resultSchema: unknown;
}

/** Finds the action by name and runs it. Every surface asks here, so an action behaves the same on all of them. */
export interface ActionDispatcher {
  /** Throws GRYM_ACTION_UNKNOWN, GRYM_ACTION_PARAMETERS, or what the action throws. */
  invoke(name: string, params: unknown, context: ActionContext): Promise<unknown>;
  describe(): readonly ActionDescription[];
}

export function createActionDispatcher(services: ActionServices): ActionDispatcher {
  const byName = new Map(ACTIONS.map((action) => [action.name, action]));
  let descriptions: readonly ActionDescription[] | null = null;
  return {
    async invoke(name, params, context) {
      const action = byName.get(name);
      if (action === undefined) throw unknownAction(name);
      return action.invoke(services, params, context);
    },
    describe: () => (descriptions ??= ACTIONS.map(describeAction)),
  };
}

export function unknownAction(name: string): GrymError {
  const names = ACTIONS.map((action) => action.name);
  return new GrymError('GRYM_ACTION_UNKNOWN', { action: name.slice(0, 100), suggestion: suggestion(name, names), known: names.join(', ') });
}

export function describeAction(action: ActionDeclaration): ActionDescription {
  const { name, help, danger, performanceSafe, positional, params, result } = action;
  return {
    ...{ name, help, danger, performanceSafe, positional },
    paramsSchema: z.toJSONSchema(params, { io: 'input' }),
    resultSchema: z.toJSONSchema(result, { io: 'output' }),
  };
}

import { z } from 'zod';
import { GrymError } from '../kernel/index.js';
import type { ActionDeclaration, ActionDefinition } from './declaration.js';
import { parameterProblems } from './parameter-problems.js';

/** Declares an action. Its parameters must be one strict object, so that every surface can name them. */
export function defineAction<Params extends z.ZodObject, Result extends z.ZodType>(
  definition: ActionDefinition<Params, Result>,
): ActionDeclaration {
  const { name, help, params, result, danger, performanceSafe, positional, handler } = definition;
  const knownNames = Object.keys(params.shape);
  return {
    name,
    help,
    params,
    result,
    danger,
    performanceSafe,
    positional,
    async invoke(services, raw, context) {
      const parsed = params.safeParse(raw, { reportInput: true });
      if (!parsed.success) {
        const problems = parameterProblems(parsed.error.issues, knownNames);
        throw new GrymError('GRYM_ACTION_PARAMETERS', { action: name, problems }, { cause: parsed.error });
      }
      const outcome = result.safeParse(await handler(services, parsed.data, context));
      if (!outcome.success) {
        const reason = `the result of ${name} breaks its own schema: ${z.prettifyError(outcome.error)}`;
        throw new GrymError('GRYM_INTERNAL', { reason }, { cause: outcome.error });
      }
      return outcome.data;
    },
  };
}

import type { z } from 'zod';
import { GrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { AnyStepDefinition } from '../catalogue/step-definition.js';

const MAXIMUM_PROBLEMS = 5;

function problemsOf(error: z.ZodError): string {
  const problems = error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`));
  const more = problems.length > MAXIMUM_PROBLEMS ? ` (and ${problems.length - MAXIMUM_PROBLEMS} more)` : '';
  return problems.slice(0, MAXIMUM_PROBLEMS).join('; ') + more;
}

/** The input with its defaults. Throws GRYM_STEP_INPUT_INVALID. */
export function checkInput(definition: AnyStepDefinition, params: JsonObject): JsonObject {
  const parsed = definition.input.safeParse(params);
  if (parsed.success) return parsed.data as JsonObject;
  throw new GrymError('GRYM_STEP_INPUT_INVALID', { step: definition.name, problems: problemsOf(parsed.error) });
}

/** The output as its schema says it. Throws GRYM_STEP_OUTPUT_INVALID. */
export function checkOutput(definition: AnyStepDefinition, output: unknown): JsonValue {
  const parsed = definition.output.safeParse(output);
  if (parsed.success) return parsed.data as JsonValue;
  throw new GrymError('GRYM_STEP_OUTPUT_INVALID', { step: definition.name, problems: problemsOf(parsed.error) });
}

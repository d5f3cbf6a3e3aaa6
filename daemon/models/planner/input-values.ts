import type { JsonValue } from '../../kernel/index.js';
import type { PlannableInput } from '../plan.js';

/** Whether a workflow's input may have this value. */
export function fitsInput(value: JsonValue, input: PlannableInput): boolean {
  const { minimum = -Infinity, maximum = Infinity } = input;
  switch (input.type) {
    case 'number':
      return typeof value === 'number' && value >= minimum && value <= maximum;
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum;
    case 'text':
      return typeof value === 'string' && value.length >= minimum && value.length <= maximum;
    case 'clip':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && (input.options?.includes(value) ?? false);
    default:
      return Array.isArray(value);
  }
}

import { GrymError } from '../kernel/index.js';
import { newContextItemSchema, type NewContextItem } from './context-item.js';
import { knownField } from './known-fields.js';
import type { z } from 'zod';

export type CheckedItem = z.output<typeof newContextItemSchema>;

function reasonOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}

function fieldOf(item: unknown): string {
  const field = typeof item === 'object' && item !== null && 'field' in item ? item.field : undefined;
  return typeof field === 'string' ? field.slice(0, 80) : 'without a field';
}

/** Fills in what may be left out. Throws GRYM_CONTEXT_ITEM_INVALID: not an item, or a known field with a value out of its range. */
export function checkItem(item: NewContextItem): CheckedItem {
  const parsed = newContextItemSchema.safeParse(item);
  if (!parsed.success) {
    throw new GrymError('GRYM_CONTEXT_ITEM_INVALID', { field: fieldOf(item), reason: reasonOf(parsed.error) });
  }
  const known = knownField(parsed.data.field);
  const value = known?.schema.safeParse(parsed.data.value);
  if (known !== undefined && value?.success === false) {
    const unit = known.unit === '' ? '' : ` ${known.unit}`;
    const reason = `expected ${known.range}${unit}, got ${JSON.stringify(parsed.data.value).slice(0, 80)}`;
    throw new GrymError('GRYM_CONTEXT_ITEM_INVALID', { field: parsed.data.field, reason });
  }
  return parsed.data;
}

export function checkItems(items: readonly NewContextItem[]): CheckedItem[] {
  return items.map(checkItem);
}

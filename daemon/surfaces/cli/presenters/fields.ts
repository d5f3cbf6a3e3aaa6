import { z } from 'zod';
import { facts } from '../table.js';

/** Any result, field by field. */
export function presentFields(result: unknown): string {
  const fields = z.record(z.string(), z.unknown()).safeParse(result);
  if (!fields.success) return `${JSON.stringify(result)}\n`;
  const shown = Object.entries(fields.data).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return shown.length === 0 ? 'done\n' : facts(shown);
}

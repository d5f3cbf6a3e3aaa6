import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { GrymError, messageOf } from '../../kernel/index.js';

export function invalidFolder(path: string, reason: string, cause?: unknown): GrymError {
  return new GrymError('GRYM_MODEL_FOLDER_INVALID', { path, reason }, { cause });
}

export function requireFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw invalidFolder(path, 'there is no such folder');
}

export const hasFile = (folder: string, file: string): boolean =>
  statSync(join(folder, file), { throwIfNoEntry: false })?.isFile() === true;

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[name] : undefined),
    value,
  );
}

/** The JSON of a file as the schema has it. Throws GRYM_MODEL_FOLDER_INVALID, naming the file and its first field that is wrong. */
export function readConfig<Schema extends z.ZodType>(folder: string, file: string, schema: Schema): z.output<Schema> {
  if (!hasFile(folder, file)) throw invalidFolder(folder, `the file ${file} is missing`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  } catch (error) {
    throw invalidFolder(folder, `the file ${file} is no JSON: ${messageOf(error)}`, error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const found =
    path.length === 0 ? 'something else' : `${path.join('.')} = ${(JSON.stringify(valueAt(value, path)) ?? 'nothing').slice(0, 100)}`;
  throw invalidFolder(folder, `${file} says ${found} (${issue?.message ?? 'not as expected'})`);
}

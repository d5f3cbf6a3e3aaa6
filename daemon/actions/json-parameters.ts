import { z } from 'zod';

/** As deep as a message may be nested, less what stands around a parameter. */
const MAXIMUM_DEPTH = 12;

/** Values by name, as a caller gives inputs of a workflow or parameters of a step: JSON, or texts that are read by the declared type. */
export const namedValues = z.record(
  z.string().min(1).max(60),
  z.unknown().refine(isShallowJson, `a JSON value, at most ${MAXIMUM_DEPTH} levels deep`),
);

function isShallowJson(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAXIMUM_DEPTH) return false;
    if (!level.every((entry) => isPlain(entry))) return false;
    level = level.flatMap((entry): unknown[] => (typeof entry === 'object' && entry !== null ? Object.values(entry) : []));
  }
  return true;
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean';
  if (value === null || Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

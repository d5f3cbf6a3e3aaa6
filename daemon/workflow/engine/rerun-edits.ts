import { z } from 'zod';
import { canonicalJson, GrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { AnyStepDefinition } from '../catalogue/index.js';
import { nearest } from '../definition/index.js';
import type { RunEdits } from '../types.js';
import type { Sharing } from './shared-results.js';

/** Names of the inputs whose values differ. */
export function changedInputs(before: JsonObject, now: JsonObject): ReadonlySet<string> {
  const text = (value: JsonValue | undefined): string => canonicalJson(value ?? null);
  return new Set([...Object.keys(before), ...Object.keys(now)].filter((name) => text(before[name]) !== text(now[name])));
}

/** Throws GRYM_STEP_PARAMETERS for what the step could not even begin with. */
export function assertParameters(definition: AnyStepDefinition | undefined, params: JsonObject): void {
  if (definition === undefined) return;
  const shape: Readonly<Record<string, z.core.$ZodType>> = definition.input.shape;
  const problems = Object.entries(params).flatMap(([name, value]) => {
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (schema === undefined) return [unknownParameter(name, Object.keys(shape))];
    // Null leaves a parameter open.
    const { error } = z.safeParse(schema, value ?? undefined);
    return error === undefined ? [] : error.issues.map(({ path, message }) => `${[name, ...path.map(String)].join('.')}: ${message}.`);
  });
  if (problems.length > 0) throw new GrymError('GRYM_STEP_PARAMETERS', { step: definition.name, problems: problems.join(' ') });
}

function unknownParameter(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return `there is no parameter "${name}".${meant === null ? ` There are ${known.join(', ')}.` : ` Did you mean "${meant}"?`}`;
}

export interface RerunChange {
  readonly from: string;
  /** New parameters of the step `from`. */
  readonly params: JsonObject;
  readonly changed: ReadonlySet<string>;
  readonly sharing: Sharing;
}

/**
 * Parameters that earlier re-runs set hold on, but not those of the step that this one begins at for the sake of other inputs:
 * they would make the change of no effect. The notes say which are which.
 */
export function editsAndNotes(before: RunEdits, { from, params, changed, sharing }: RerunChange): { edits: RunEdits; notes: string[] } {
  const areParamsNew = Object.keys(params).length > 0;
  const inherited = { ...before };
  if (changed.size === 0)
    return { edits: areParamsNew ? { ...inherited, [from]: { ...inherited[from], ...params } } : inherited, notes: [] };
  const notes: string[] = [];
  const own = inherited[from];
  if (own !== undefined && !areParamsNew) {
    notes.push(`${pairsOf(own)} of the step "${from}", set by an earlier re-run, counts no more, since inputs were changed.`);
    Reflect.deleteProperty(inherited, from);
  }
  const shared = new Set(sharing.results.map(({ row }) => row.path));
  for (const [path, values] of Object.entries(inherited)) {
    const left = Object.fromEntries(Object.entries(values).filter(([name]) => path !== from || !Object.hasOwn(params, name)));
    if (shared.has(path) || Object.keys(left).length === 0) continue;
    notes.push(`The step "${path}" keeps ${pairsOf(left)}, set by an earlier re-run, whatever the changed inputs say.`);
  }
  notes.push(...outdatedNotes(from, sharing.outdated));
  return { edits: areParamsNew ? { ...inherited, [from]: { ...inherited[from], ...params } } : inherited, notes };
}

const SHOWN_PATHS = 5;

function outdatedNotes(from: string, outdated: readonly string[]): string[] {
  if (outdated.length === 0) return [];
  const more = outdated.length > SHOWN_PATHS ? ` and ${outdated.length - SHOWN_PATHS} more` : '';
  const paths = outdated.slice(0, SHOWN_PATHS).join(', ') + more;
  return [`Kept from before "${from}" although the changed inputs would have made something else of it: ${paths}.`];
}

function pairsOf(values: JsonObject): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

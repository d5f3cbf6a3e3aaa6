import type { JsonObject, JsonValue } from '../../kernel/index.js';
import type { PlannableInput, PlannableStep, PlannableWorkflow, PlanRequest } from '../plan.js';

/** A parameter that a planner may give. */
export interface OfferedInput {
  readonly name: string;
  readonly type: 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'clip' | 'texts' | 'clips';
  /** Neither optional nor with a default. */
  readonly isNeeded: boolean;
  /** Of the number; of text characters; of a list entries. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly options?: readonly string[];
}

/** A workflow or a step that a plan may be made of. */
export interface Offered {
  readonly kind: 'workflow' | 'step';
  readonly name: string;
  readonly help: string;
  readonly inputs: readonly OfferedInput[];
  /** Outputs that a later one may refer to; null where they are not known here, and the check of the document tells. */
  readonly outputs: readonly string[] | null;
  /** Whether it takes the run's seed, which is no planner's to choose. */
  readonly takesSeed: boolean;
}

const SEED = 'seed';
/** How something is carried out, not what: these stay at their defaults, and the answer stays short. */
const LEFT_ALONE: ReadonlySet<string> = new Set([
  ...['sampleRate', 'sourceTempoBpm', 'whenBridgeAbsent', 'whenShort', 'weights', 'name'],
  ...['negativePrompt', 'guidance', 'steps', 'diffusionSteps', 'eta', 'provider', 'heard'],
]);
const OUTPUT_TYPES: ReadonlySet<JsonValue> = new Set(['string', 'number', 'integer']);

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);
const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema itself, where null stands beside it. */
function withoutNull(schema: JsonObject): JsonObject {
  const { anyOf, type, ...rest } = schema;
  if (isList(type)) {
    const types = type.filter((entry) => entry !== 'null');
    return types.length === 1 ? { ...rest, type: types[0] ?? null } : schema;
  }
  if (!isList(anyOf)) return schema;
  const others = anyOf.filter((entry) => isObject(entry) && entry['type'] !== 'null');
  return others.length === 1 && isObject(others[0]) ? { ...rest, ...others[0] } : schema;
}

const isHash = ({ pattern }: JsonObject): boolean => typeof pattern === 'string' && pattern.includes('0-9a-fA-F');

/** @returns null for what a planner cannot give: objects and lists of these. */
function typeOf(name: string, schema: JsonObject): OfferedInput['type'] | null {
  const { type, enum: options, items } = schema;
  if (Array.isArray(options)) return options.every((option) => typeof option === 'string') ? 'choice' : null;
  if (type === 'string') return isHash(schema) || name === 'clip' ? 'clip' : 'text';
  if (type === 'array' && isObject(items) && items['type'] === 'string') return isHash(items) ? 'clips' : 'texts';
  return type === 'number' || type === 'integer' || type === 'boolean' ? type : null;
}

function boundsOf(schema: JsonObject): Pick<OfferedInput, 'minimum' | 'maximum'> {
  const first = (...names: readonly string[]): number | undefined =>
    names.map((name) => schema[name]).find((value) => typeof value === 'number');
  const minimum = first('minimum', 'minLength', 'minItems');
  const maximum = first('maximum', 'maxLength', 'maxItems');
  return { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
}

function stepInput(name: string, raw: JsonObject, isNeeded: boolean): OfferedInput | null {
  const schema = withoutNull(raw);
  const type = typeOf(name, schema);
  if (type === null) return null;
  const options = type === 'choice' ? { options: schema['enum'] as readonly string[] } : {};
  return { name, type, isNeeded, ...boundsOf(schema), ...options };
}

function offerStep({ name, help, input, output }: PlannableStep): Offered | null {
  const properties = isObject(input['properties']) ? input['properties'] : {};
  const required = Array.isArray(input['required']) ? (input['required'] as readonly JsonValue[]) : [];
  const inputs: OfferedInput[] = [];
  for (const [property, schema] of Object.entries(properties)) {
    if (property === SEED || LEFT_ALONE.has(property) || !isObject(schema)) continue;
    const offered = stepInput(property, schema, required.includes(property));
    if (offered !== null) inputs.push(offered);
    // What must be given and cannot: the step is of no use to a planner.
    else if (required.includes(property)) return null;
  }
  const outputs = Object.entries(isObject(output['properties']) ? output['properties'] : {}).flatMap(([property, schema]) => {
    if (!isObject(schema)) return [];
    const { type, items } = withoutNull(schema);
    const isList = type === 'array' && isObject(items) && items['type'] === 'string';
    return isList || OUTPUT_TYPES.has(type ?? null) ? [property] : [];
  });
  return { kind: 'step', name, help, inputs, outputs, takesSeed: SEED in properties };
}

function workflowType({ type }: PlannableInput): OfferedInput['type'] | null {
  switch (type) {
    case 'text':
    case 'number':
    case 'integer':
    case 'boolean':
    case 'choice':
    case 'clip':
      return type;
    default:
      return null;
  }
}

function offerWorkflow({ name, help, inputs }: PlannableWorkflow): Offered | null {
  const offered: OfferedInput[] = [];
  for (const [input, facts] of Object.entries(inputs)) {
    const type = workflowType(facts);
    const isNeeded = facts.default === undefined && !facts.optional;
    if (input === SEED || (LEFT_ALONE.has(input) && !isNeeded)) continue;
    if (type === null && isNeeded) return null;
    if (type === null) continue;
    const { minimum, maximum, options } = facts;
    offered.push({
      ...{ name: input, type, isNeeded },
      ...(minimum !== undefined && { minimum }),
      ...(maximum !== undefined && { maximum }),
      ...(options !== undefined && { options }),
    });
  }
  return { kind: 'workflow', name, help, inputs: offered, outputs: null, takesSeed: false };
}

/** What a plan may be made of: every workflow, and the steps that something installed can do. */
export function offerOf({ workflows, steps }: Pick<PlanRequest, 'workflows' | 'steps'>): readonly Offered[] {
  const offered = [...workflows.map(offerWorkflow), ...steps.filter(({ available }) => available).map(offerStep)];
  return offered.filter((entry) => entry !== null);
}

import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../kernel/index.js';
import { INSTRUMENTS } from '../prompt/instruments.js';
import type { Offered, OfferedInput } from './offer.js';

/** How much a model is told and may say: `brief` is for contexts that are small. */
export type Detail = 'full' | 'brief';

export const PLAN_LIMITS = {
  full: { steps: 6, textCharacters: 400, listEntries: 8 },
  brief: { steps: 3, textCharacters: 120, listEntries: 3 },
} as const;
const TITLE_CHARACTERS = 60;
const WORD_CHARACTERS = 40;
const HASH_CHARACTERS = 64;

/**
 * Text of at most so many characters, as a grammar counts them (code points); longer text is cut, not refused, since JavaScript counts
 * otherwise and a server may not keep to the limit.
 */
const bounded = (characters: number): z.ZodType<string, string> =>
  z
    .string()
    .meta({ maxLength: characters })
    .transform((text) => [...text].slice(0, characters).join(''));

export const referenceSchema = z.strictObject({
  /** Number of the step in the plan, from 1. */
  from: z.int().min(1).max(PLAN_LIMITS.full.steps),
  output: z.string(),
});

function valueSchema(input: OfferedInput, reference: z.ZodType, detail: Detail): z.ZodType {
  const { textCharacters, listEntries } = PLAN_LIMITS[detail];
  const { minimum, maximum, options = [] } = input;
  const within = <T extends z.ZodNumber>(number: T): T => {
    const above = minimum === undefined ? number : number.min(minimum);
    return maximum === undefined ? above : above.max(maximum);
  };
  const text = bounded(Math.min(textCharacters, maximum ?? textCharacters));
  switch (input.type) {
    case 'boolean':
      return z.boolean();
    case 'choice':
      return z.enum(options);
    case 'number':
      return z.union([within(z.number()), reference]);
    case 'integer':
      return z.union([within(z.int()), reference]);
    case 'clip':
      return z.union([reference, bounded(HASH_CHARACTERS)]);
    case 'text':
      return z.union([input.name === 'prompt' ? text : bounded(Math.min(WORD_CHARACTERS, maximum ?? WORD_CHARACTERS)), reference]);
    case 'clips':
      return z.union([z.array(z.union([reference, bounded(HASH_CHARACTERS)])).max(listEntries), reference]);
    case 'texts':
      return z.union([z.array(z.union([bounded(WORD_CHARACTERS), reference])).max(listEntries), reference]);
  }
}

/** Parameters of one workflow or step; null for what is left out. */
function withSchema({ inputs }: Offered, reference: z.ZodType, detail: Detail) {
  const shown = detail === 'full' ? inputs : inputs.filter(({ type, isNeeded }) => isNeeded || type !== 'boolean');
  return z.strictObject(
    Object.fromEntries(shown.map((input) => [input.name, valueSchema(input, reference, detail).nullable().default(null)])),
  );
}

const understoodSchema = z.strictObject({
  tempoBpm: z.number().min(20).max(400).nullable().default(null),
  /** "F# dorian". */
  key: bounded(24).nullable().default(null),
  /** "7/8". */
  metre: bounded(7).nullable().default(null),
  bars: z.int().min(1).max(64).nullable().default(null),
  instrument: z.enum(INSTRUMENTS).nullable().default(null),
});

/** Every key is written, as grammars and strict servers have it: null stands for what is left out. */
function allRequired(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return (schema as readonly JsonValue[]).map(allRequired);
  if (schema === null || typeof schema !== 'object') return schema;
  const { $schema: _dialect, default: _default, required: _required, properties, $defs, ...rest } = schema as JsonObject;
  const others = Object.fromEntries(Object.entries(rest).map(([name, entry]) => [name, allRequired(entry)]));
  const each = (named: JsonValue): JsonObject =>
    Object.fromEntries(Object.entries(named as JsonObject).map(([name, entry]) => [name, allRequired(entry)]));
  return {
    ...others,
    ...(properties !== undefined && { properties: each(properties), required: Object.keys(properties as JsonObject) }),
    ...($defs !== undefined && { $defs: each($defs) }),
  };
}

/** An answer whose steps were checked one by one. */
export interface PlanAnswer {
  readonly understood: z.output<typeof understoodSchema>;
  readonly title: string;
  readonly steps: readonly AnsweredStep[];
}

export interface AnsweredStep {
  readonly offered: Offered;
  readonly with: Readonly<Record<string, unknown>>;
}

export interface AnswerSchema {
  readonly json: JsonObject;
  /** The answer, or its mistakes, one line each. */
  read(value: JsonValue): PlanAnswer | readonly string[];
}

const shapeSchema = z.looseObject({
  understood: z.looseObject({}).nullish(),
  title: z.string().nullish(),
  steps: z.array(z.looseObject({ workflow: z.string().nullish(), step: z.string().nullish(), with: z.looseObject({}).nullish() })).min(1),
});

const linesOf = (where: string, error: z.ZodError): string[] =>
  error.issues.slice(0, 4).map(({ path, message }) => `${[where, ...path].filter((part) => part !== '').join('.')}: ${message}`);

/** The schema of answers over what is offered, for grammars, servers and for reading the answer. */
export function answerSchemaOf(offers: readonly Offered[], detail: Detail): AnswerSchema {
  const outputs = [...new Set(['clip', ...offers.flatMap((offered) => offered.outputs ?? [])])].sort();
  const reference = referenceSchema.extend({ output: z.enum(outputs) });
  const parameters = new Map(offers.map((offered) => [offered, withSchema(offered, reference, detail)]));
  const limits = PLAN_LIMITS[detail];
  const step = z.union(
    offers.map((offered) =>
      z.strictObject({ [offered.kind]: z.literal(offered.name), with: parameters.get(offered) ?? z.strictObject({}) }),
    ),
  );
  const whole = z.strictObject({
    understood: understoodSchema,
    title: bounded(TITLE_CHARACTERS),
    steps: z.array(step).min(1).max(limits.steps),
  });

  function readStep(entry: z.output<typeof shapeSchema>['steps'][number], index: number): AnsweredStep | readonly string[] {
    const where = `step ${index + 1}`;
    const name = entry.workflow ?? entry.step ?? '';
    const kind = typeof entry.workflow === 'string' ? 'workflow' : 'step';
    const offered = offers.find((candidate) => candidate.kind === kind && candidate.name === name);
    if (offered === undefined) return [`${where}: there is no ${kind} "${[...name].slice(0, WORD_CHARACTERS).join('')}"`];
    const read = parameters.get(offered)?.safeParse(entry.with ?? {});
    return read?.success === true ? { offered, with: read.data } : linesOf(`${where} (${name})`, read?.error ?? new z.ZodError([]));
  }

  return {
    json: allRequired(z.toJSONSchema(whole, { io: 'input', reused: 'ref' }) as JsonObject) as JsonObject,
    read: (value) => {
      const shape = shapeSchema.safeParse(value);
      if (!shape.success) return linesOf('', shape.error);
      const { steps, title } = shape.data;
      if (steps.length > limits.steps) return [`steps: there are ${steps.length}, and ${limits.steps} are the most`];
      const understood = understoodSchema.safeParse(shape.data.understood ?? {});
      const readSteps = steps.map(readStep);
      const wrong = readSteps.filter((entry): entry is readonly string[] => Array.isArray(entry)).flat();
      const mistakes = [...(understood.success ? [] : linesOf('understood', understood.error)), ...wrong];
      if (!understood.success || mistakes.length > 0) return mistakes;
      return { understood: understood.data, title: title ?? '', steps: readSteps as readonly AnsweredStep[] };
    },
  };
}

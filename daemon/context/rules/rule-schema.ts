import { z } from 'zod';
import { jsonValueSchema } from '../../kernel/index.js';

const fieldName = z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'a field in camelCase, such as tempoBpm');
const capabilityPattern = z
  .string()
  .regex(/^(\*|[a-z][a-z-]*(\.[a-z][a-z-]*)*(\.\*)?)$/, 'a capability such as generate.audio, or * for every one');

const conditionSchema = z
  .strictObject({
    field: fieldName,
    exists: z.boolean().optional(),
    equals: jsonValueSchema.optional(),
    in: z.array(jsonValueSchema).min(1).max(100).optional(),
    contains: z.union([z.string(), z.number()]).optional(),
    atLeast: z.number().optional(),
    above: z.number().optional(),
    atMost: z.number().optional(),
    below: z.number().optional(),
    confidenceAtLeast: z.number().min(0).max(1).optional(),
  })
  .refine((condition) => Object.keys(condition).length > 1, {
    error: 'a condition besides the field: exists, equals, in, contains, atLeast, above, atMost, below or confidenceAtLeast',
  });
export type Condition = z.output<typeof conditionSchema>;

const pointsSchema = z
  .array(z.tuple([z.number(), z.number()]))
  .min(2)
  .max(64)
  .refine((points) => points.every(([x], index) => index === 0 || x > (points[index - 1]?.[0] ?? -Infinity)), {
    error: 'points whose first numbers ascend, such as [[0, 2], [1, 4]]',
  });

const assignmentSchema = z
  .strictObject({
    value: jsonValueSchema.optional(),
    from: fieldName.optional(),
    points: pointsSchema.optional(),
    table: z.record(z.string(), jsonValueSchema).optional(),
    otherwise: jsonValueSchema.optional(),
    words: z.record(z.string(), z.string().min(1).max(200)).optional(),
    others: z.enum(['keep', 'drop']).optional(),
    most: z.int().min(1).max(100).optional(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
    round: z.number().positive().optional(),
  })
  .superRefine((entry, context) => {
    const say = (message: string, path: string[] = []): void => void context.addIssue({ code: 'custom', message, path });
    if ((entry.value === undefined) === (entry.from === undefined)) say('either value (a constant) or from (a field), and not both');
    const mappings = (['points', 'table', 'words'] as const).filter((name) => entry[name] !== undefined);
    if (mappings.length > 1) say('one of points, table and words, not several', [mappings[1] ?? 'points']);
    if (mappings.length > 0 && entry.from === undefined) say('from, the field that is mapped', []);
    if (entry.otherwise !== undefined && entry.table === undefined) say('otherwise only beside table', ['otherwise']);
    for (const name of ['others', 'most'] as const) {
      if (entry[name] !== undefined && entry.words === undefined) say(`${name} only beside words`, [name]);
    }
    if ((entry.atLeast ?? -Infinity) > (entry.atMost ?? Infinity)) say('an atMost that is not below atLeast', ['atMost']);
  });
export type Assignment = z.output<typeof assignmentSchema>;

export const ruleSchema = z.strictObject({
  rule: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a name in kebab-case, such as energy-to-guidance')
    .max(80),
  help: z.string().min(1).max(500),
  from: capabilityPattern.default('*'),
  to: capabilityPattern,
  priority: z.int().min(-100).max(100).default(0),
  confidence: z.number().min(0).max(1).default(1),
  when: z.array(conditionSchema).max(20).default([]),
  set: z.record(fieldName, assignmentSchema).refine((set) => Object.keys(set).length > 0, { error: 'at least one field to set' }),
  /** Names of other rules that are switched off while this one is there. */
  replaces: z.array(z.string()).max(20).default([]),
});
export type DeclaredRule = z.output<typeof ruleSchema>;

export const ruleFileSchema = z.strictObject({ rules: z.array(ruleSchema).max(500) });

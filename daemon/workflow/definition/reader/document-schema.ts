import { z } from 'zod';
import { INPUT_TYPES } from '../compiled.js';

/** What bounds every workflow, whatever its document says. */
export const LIMITS = {
  activations: 2_000,
  depth: 8,
  inputs: 64,
  expressions: 10_000,
  valueDepth: 16,
  attempts: 10,
  deadlineSeconds: 7 * 24 * 3_600,
} as const;

export const ID_PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const NAME_PATTERN = /^[a-z][A-Za-z0-9]*$/;

const id = z
  .string()
  .max(60)
  .regex(ID_PATTERN)
  .describe('Name of the step: lower-case words with hyphens, unique in its block and the blocks around it');
const expression = z.string().describe('A CEL expression as ${ … }');
const name = z.string().max(60).regex(NAME_PATTERN);

/** Text with `${ … }` in it, or any value with such texts inside. */
const value = z.json().describe('A value; text may hold expressions as ${ … }');
const values = z.record(z.string(), value);

const when = expression.describe('Condition: where it is false the step is not taken and its output is null').optional();
const onFailure = z
  .enum(['stop', 'continue'])
  .describe('stop (default): a failure ends the workflow or the branch; continue: the output is null and the workflow goes on')
  .optional();
const around = { when, onFailure };

const output = value
  .describe('What the block hands on, made in its inner scope; the output of its last step where it is left out')
  .optional();
const bound = z.int().min(1).max(LIMITS.activations);

// Nested steps are given by name, so that the published schema can put the union of all kinds in their place.
export const stepList = z.array(z.json()).min(1).meta({ id: 'steps' }).describe('Steps, one after the other');

export const useForm = z.strictObject({
  id,
  use: z.string().describe('A step of the catalogue'),
  with: values.describe('Parameters of the step; they win over what the context would fill in').optional(),
  ...around,
  deadlineSeconds: z.number().positive().max(LIMITS.deadlineSeconds).describe('Longest time of one attempt, in seconds').optional(),
  attempts: z.int().min(1).max(LIMITS.attempts).describe('How often the step is tried at most').optional(),
  whenUnavailable: z
    .enum(['refuse', 'skip'])
    .describe("refuse (default): without a provider of the step's capability the workflow does not start; skip: the output is null")
    .optional(),
});

export const overForm = z.strictObject({
  times: z.union([bound, expression]).describe('How many branches').optional(),
  forEach: z
    .union([z.array(value), expression])
    .describe('A list; one branch for each entry')
    .optional(),
  branches: z.record(z.string().regex(ID_PATTERN), stepList).describe('Branches of different steps, by name').optional(),
  atMost: bound.describe('Bound on the number of branches; needed where an expression says how many there are').optional(),
  as: name.describe('Loop variable with index (from 0), number (from 1) and, with forEach, value').optional(),
  atLeast: z
    .union([z.int().min(0).max(LIMITS.activations), expression])
    .describe('How many branches must succeed; all where it is left out')
    .optional(),
});
export const parallelForm = z.strictObject({
  id,
  parallel: overForm.describe('Branches that may run at the same time'),
  steps: stepList.optional(),
  output,
  ...around,
});

export const againForm = z.strictObject({
  atMost: bound.describe('Bound on the number of passes'),
  until: expression.describe('Condition after each pass, in its inner scope: true ends the loop'),
  as: name.describe('Loop variable with index (from 0), number (from 1) and previous (output of the pass before)').optional(),
});
export const repeatForm = z.strictObject({
  id,
  repeat: againForm.describe('Passes one after the other; its output has output (of the last pass), passes and satisfied'),
  steps: stepList,
  output,
  ...around,
});

export const whenOption = z.strictObject({
  when: expression.describe('Taken where this is the first that is true'),
  steps: stepList,
  output,
});
export const otherwiseOption = z.strictObject({ otherwise: stepList, output });
export const chooseForm = z.strictObject({
  id,
  choose: z
    .array(z.union([whenOption, otherwiseOption]))
    .min(1)
    .describe('Ways to go on; the first whose condition holds is taken'),
  ...around,
});

export const subForm = z.strictObject({
  id,
  workflow: z.string().describe('A workflow of the library'),
  with: values.describe('Its inputs').optional(),
  ...around,
});

/** By the key that makes a step one of its kind. */
export const STEP_FORMS = { use: useForm, parallel: parallelForm, repeat: repeatForm, choose: chooseForm, workflow: subForm } as const;

export const inputForm = z.strictObject({
  type: z
    .enum(INPUT_TYPES)
    .describe(
      'clip: a clip of the library by its hash, or the first 4 or more characters of it; choice: one of options; list: entries of the type in of',
    ),
  help: z.string().max(500).describe('One line for the user').optional(),
  default: value.describe('Value where none is given; an input without a default must be given').optional(),
  optional: z.boolean().describe('May be left out; the value is null then').optional(),
  minimum: z.number().describe('Least value; of text: characters, of a list: entries').optional(),
  maximum: z.number().describe('Greatest value; of text: characters, of a list: entries').optional(),
  options: z.array(z.string().min(1)).min(1).max(100).describe('Of a choice').optional(),
  of: z.enum(INPUT_TYPES).describe('Of a list: what each entry is').optional(),
});

export const limitsForm = z.strictObject({
  activations: z
    .int()
    .min(1)
    .max(LIMITS.activations)
    .describe('The most steps that a run may have, loops and branches multiplied out')
    .optional(),
});

export const documentForm = z.strictObject({
  workflow: z.string().max(60).regex(ID_PATTERN).describe("Name of the workflow: lower-case words with hyphens, as the file's name"),
  version: z.int().min(1).describe('Raised with each change of what the workflow does'),
  title: z.string().min(1).max(120).describe('For lists'),
  help: z.string().max(2_000).describe('What it does, in a sentence').optional(),
  inputs: z.record(z.string().regex(NAME_PATTERN), inputForm).describe('What the caller gives').optional(),
  limits: limitsForm.describe('Closer bounds than those of every workflow').optional(),
  steps: stepList,
  outputs: z.record(z.string().regex(NAME_PATTERN), value).describe('What the run hands back, by name').optional(),
});

import { stringify } from 'yaml';
import { GrymError, type JsonObject, type JsonValue } from '../kernel/index.js';
import { findFacts, INSTRUMENT_WORDS, type StatedFacts } from './prompt/index.js';

/** What the planner knows of a workflow that it may choose. */
export interface PlannableWorkflow {
  readonly name: string;
  readonly help: string;
  readonly inputs: { readonly [name: string]: PlannableInput };
}

export interface PlannableInput {
  readonly type: string;
  /** Absent where the caller must give it. */
  readonly default?: JsonValue;
  readonly optional: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly options?: readonly string[];
}

export interface PlanRequest {
  /** In words. */
  readonly request: string;
  /** What is known beside the words, by the names that inputs of workflows have: `bridge`, `slot`, `clip`, `tempoBpm`, `key`, `bars`, … */
  readonly known: JsonObject;
  readonly workflows: readonly PlannableWorkflow[];
  /** Steps that a plan may be made of; a planner of templates does without. */
  readonly steps: readonly PlannableStep[];
  /** The mistakes of a workflow document, one line each: where, what was expected, what to do. Empty where it is right. */
  readonly check: (document: string) => readonly string[];
  /** What earlier plans of this request led to, oldest first; empty for the first plan. */
  readonly earlier: readonly PlanAttempt[];
}

/** A step of the catalogue, as a planner needs to know it. */
export interface PlannableStep {
  readonly name: string;
  readonly help: string;
  /** JSON Schema of its parameters and of its output. */
  readonly input: JsonObject;
  readonly output: JsonObject;
  /** False: nothing that is installed can do it now. */
  readonly available: boolean;
}

/** A plan that was carried out. */
export interface PlanAttempt {
  readonly document: string;
  readonly outcome: 'done' | 'failed';
  /** What came of it, or what failed, one sentence each. */
  readonly summary: readonly string[];
}

/** What a planner understood of the request; null where it says nothing of it. */
export interface PlanFacts {
  readonly tempoBpm: number | null;
  readonly key: string | null;
  /** "7/8". */
  readonly metre: string | null;
  readonly bars: number | null;
  readonly instrument: string | null;
}

export interface Plan {
  /** Of the library, where the plan is one workflow with inputs; null where it is a document of its own. */
  readonly workflow: string | null;
  readonly inputs: JsonObject;
  readonly facts: PlanFacts;
  /** Who made it in the end: "templates" where a model's plan could not be used. */
  readonly provider: string;
  /** Why it was not the planner that was asked; null where it was. */
  readonly fallback: string | null;
  /** What the model thought before it answered, cut; empty where none did. */
  readonly thoughts: string;
  /** A workflow document that does it, in the format of the library: YAML. */
  readonly document: string;
  /** Why so, one sentence each. */
  readonly reasons: readonly string[];
}

/** The role "planner": from a request in words to a workflow. */
export interface Planner {
  readonly provider: string;
  readonly version: string;
  /** Throws GRYM_PLAN_IMPOSSIBLE; what a model does wrong is no error, but leads to the templates. */
  plan(request: PlanRequest, options: PlanOptions): Promise<Plan>;
  /** After the last of `earlier` was carried out: whether that is what was asked for, and what else to try. */
  review(request: PlanRequest, options: PlanOptions): Promise<Review>;
}

export interface PlanOptions {
  readonly signal: AbortSignal;
  /** Thoughts as they come. */
  readonly onThought?: ((text: string) => void) | undefined;
  readonly onProgress?: ((fraction: number, stage: string) => void) | undefined;
}

export type Review =
  | { readonly kind: 'satisfied'; readonly reason: string }
  | { readonly kind: 'replan'; readonly reason: string; readonly plan: Plan }
  | { readonly kind: 'give-up'; readonly reason: string };

const PROVIDER = 'templates';

interface Template {
  readonly workflow: string;
  /** Each that occurs counts one; the highest sum wins, and of equals the earlier template. */
  readonly phrases: readonly RegExp[];
}

/** The workflows of the library that the built-in planner knows, most specific first. `generate` is what any other request means. */
const TEMPLATES: readonly Template[] = [
  {
    workflow: 'transcribe-and-tag-the-library',
    phrases: [/\btranscri/, /\btag\b|\btags\b|\btagging\b/, /\b(my|the|whole|entire) library\b/],
  },
  {
    workflow: 'clean-up-and-fit',
    phrases: [/\bclean(ed)?\b|\bclean[ -]?up\b|\btidy\b/, /\bfit(s|ted)?\b/, /\bmatch(es)?\b/, /\b(stretch|transpose|normali[sz]e)\b/],
  },
  { workflow: 'answer-phrase', phrases: [/\banswer\b|\brespon(d|se)\b|\breply\b/, /\bcall and response\b/] },
  { workflow: 'fill-the-gap', phrases: [/\bfill\b/, /\bgap\b|\bbreak\b|\bbridge the\b/, /\bcontinue\b|\bcarry on\b|\bwhat comes next\b/] },
  {
    workflow: 'vary-what-i-played',
    phrases: [
      /\bvar(y|iation|iations|ied)\b|\bremix\b|\bmutate\b/,
      /\b(just|i|we) play(ed)?\b|\bmy take\b|\bwhat i\b/,
      /\bdifferent version/,
    ],
  },
  { workflow: 'generate', phrases: [] },
];

const STRENGTHS: readonly (readonly [RegExp, number])[] = [
  [/\b(slight(ly)?|subtle|subtly|a little|a bit|gentle|gently)\b/, 0.25],
  [/\b(wild(ly)?|strong(ly)?|completely|radical(ly)?|a lot|much)\b/, 0.85],
];
const COUNTS: Readonly<Record<string, number>> = { one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8 };

/** What the words say, by the names of inputs. */
function statedInputs(request: string, facts: StatedFacts): Record<string, JsonValue> {
  const text = request.toLowerCase();
  const strength = STRENGTHS.find(([pattern]) => pattern.test(text))?.[1];
  const count =
    /\b(\d+|one|two|three|four|five|six|seven|eight)\s+(?:(?!bars?\b|measures?\b|bpm\b)[a-z-]+\s+){0,2}(?:versions?|candidates?|variations?|takes?|ideas?|options?)\b/.exec(
      text,
    )?.[1];
  const clip = /\b[0-9a-f]{8,64}\b/.exec(text)?.[0];
  return {
    prompt: request.trim(),
    ...(facts.tempoBpm !== null && { tempoBpm: facts.tempoBpm }),
    ...(facts.bars !== null && { bars: facts.bars }),
    ...(facts.key !== null && { key: facts.key.name }),
    ...(facts.metre !== null && { metreNumerator: facts.metre.numerator, metreDenominator: facts.metre.denominator }),
    ...(strength !== undefined && { strength }),
    ...(count !== undefined && { candidates: COUNTS[count] ?? Number(count) }),
    ...(clip !== undefined && /\d/.test(clip) && { clip }),
  };
}

function fits(value: JsonValue, input: PlannableInput): boolean {
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

function choose(request: string, workflows: readonly PlannableWorkflow[]): { workflow: PlannableWorkflow; reason: string } {
  const text = request.toLowerCase();
  // A workflow that is called by its name is meant.
  const named = workflows.find(({ name }) => text.includes(name) && name !== 'generate');
  if (named !== undefined) return { workflow: named, reason: `The request names the workflow ${named.name}.` };
  const scored = TEMPLATES.flatMap((template) => {
    const workflow = workflows.find(({ name }) => name === template.workflow);
    const found = template.phrases.map((phrase) => phrase.exec(text)?.[0]).filter((phrase) => phrase !== undefined);
    return workflow === undefined ? [] : [{ workflow, found }];
  });
  const best = scored.reduce<(typeof scored)[number] | undefined>(
    (a, b) => (a !== undefined && a.found.length >= b.found.length ? a : b),
    undefined,
  );
  const generate = scored.find(({ workflow }) => workflow.name === 'generate');
  const chosen = best !== undefined && best.found.length > 0 ? best : generate;
  if (chosen === undefined) throw new GrymError('GRYM_PLAN_IMPOSSIBLE', { request, reason: 'no workflow of the library fits it' });
  const words = chosen.found.map((phrase) => `“${phrase}”`).join(', ');
  const reason =
    words === '' ? 'No words point to another workflow, so a clip is generated.' : `${words}: the workflow ${chosen.workflow.name}.`;
  return { workflow: chosen.workflow, reason };
}

function planByTemplates({ request, known, workflows }: Pick<PlanRequest, 'request' | 'known' | 'workflows'>): Plan {
  const { workflow, reason } = choose(request, workflows);
  const stated: JsonObject = { ...statedInputs(request, findFacts(request)), ...known };
  const reasons = ['Planned by the built-in templates, not by a model.', reason];
  const inputs: Record<string, JsonValue> = {};
  const missing: string[] = [];
  for (const [name, input] of Object.entries(workflow.inputs)) {
    const value = stated[name];
    if (value !== undefined && value !== null && fits(value, input)) {
      inputs[name] = value;
      if (name !== 'prompt')
        reasons.push(`${name} ${JSON.stringify(value)}, ${known[name] === undefined ? 'as the request says' : 'as known'}.`);
      continue;
    }
    if (value !== undefined && value !== null)
      reasons.push(`${name} ${JSON.stringify(value)} is not possible in ${workflow.name} and was left out.`);
    if (input.default === undefined && !input.optional) missing.push(name);
  }
  if (missing.length > 0) {
    const reason = `the workflow ${workflow.name} needs ${missing.join(' and ')}, which neither the words nor what is known say`;
    throw new GrymError('GRYM_PLAN_IMPOSSIBLE', { request, reason });
  }
  const document = documentOf(workflow.name, request, inputs);
  const provider = { provider: PROVIDER, fallback: null, thoughts: '' };
  return { workflow: workflow.name, inputs, facts: factsOf(request), ...provider, document, reasons };
}

function factsOf(request: string): PlanFacts {
  const { tempoBpm, key, metre, bars } = findFacts(request);
  const text = ` ${request.toLowerCase()} `;
  const instrument = INSTRUMENT_WORDS.find(({ words }) => words.some((word) => text.includes(` ${word} `)))?.instrument ?? null;
  return { tempoBpm, bars, key: key?.name ?? null, metre: metre === null ? null : `${metre.numerator}/${metre.denominator}`, instrument };
}

/** Text in a document is a template: what stands in it as `${` must stay what it is. */
function literal(value: JsonValue): JsonValue {
  return typeof value === 'string' && value.includes('${') ? `\${ ${JSON.stringify(value)} }` : value;
}

function documentOf(workflow: string, request: string, inputs: JsonObject): string {
  return stringify({
    workflow: 'planned',
    version: 1,
    title: request.trim().replaceAll(/\s+/g, ' ').slice(0, 80),
    help: `Planned by the built-in templates: ${workflow} with the inputs that the request says.`,
    steps: [{ id: 'planned', workflow, with: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, literal(value)])) }],
    outputs: { planned: '${ steps.planned }' },
  });
}

/** The built-in planner: picks a workflow by words and fills its inputs. It reads figures and names; it does not reason. */
export function createTemplatePlanner(): Planner {
  return {
    ...{ provider: PROVIDER, version: '1' },
    plan: async (request) => planByTemplates(request),
    review: async ({ earlier }) =>
      earlier.at(-1)?.outcome === 'done'
        ? { kind: 'satisfied', reason: 'The workflow that the words point to has ended well; without a model nothing more can be judged.' }
        : { kind: 'give-up', reason: 'The workflow that the words point to has failed, and the built-in templates know no other.' },
  };
}

import { GrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { PlanFacts, PlannableInput, PlannableWorkflow, Plan, Planner, PlanRequest } from '../plan.js';
import { OutputReferenceValue, writeDocument, type DocumentStep } from './document.js';
import { fitsInput } from './input-values.js';
import { readDeeds, type Deed, type ReadDeeds } from './request-deeds.js';
import { readRequest, type RequestFacts } from './request-facts.js';

export const TEMPLATES = 'templates';

const WORKFLOW_OF: Readonly<Record<Deed, string>> = {
  vary: 'vary-what-i-played',
  continue: 'fill-the-gap',
  answer: 'answer-phrase',
  fit: 'clean-up-and-fit',
  'tag-library': 'transcribe-and-tag-the-library',
  generate: 'generate',
};

const STRENGTHS: readonly (readonly [RegExp, number])[] = [
  [/\b(?:slight(?:ly)?|subtle|subtly|a little|a bit|gentle|gently|close to|(?:not|n't)(?: go)? (?:too|very) (?:far|much|wild))\b/, 0.25],
  [/\b(?:wild(?:ly|er)?|strong(?:ly)?|completely|radical(?:ly)?|a lot|much|crazy|crazier|far out|totally)\b/, 0.85],
];
const COUNT =
  /\b(\d+)\s+(?:(?!bars?\b|measures?\b|bpm\b)[a-z-]+\s+){0,2}(?:versions?|candidates?|variations?|takes?|ideas?|options?|goes|tries)\b/;
const SLOT = /\bslot\s+(\d{1,2})\b/;
const LOUDNESS = /(-\d{1,2}(?:\.\d)?)\s*lufs\b/;

type Inputs = Record<string, JsonValue>;

/** What the words say, by the names of inputs. */
function statedInputs(request: string, facts: RequestFacts): Inputs {
  const text = facts.text.toLowerCase();
  const strength = STRENGTHS.find(([pattern]) => pattern.test(text))?.[1];
  const count = COUNT.exec(text)?.[1];
  const slot = SLOT.exec(text)?.[1];
  const loudness = LOUDNESS.exec(text)?.[1];
  const clip = /\b[0-9a-f]{8,64}\b/.exec(text)?.[0];
  const [numerator, denominator] = facts.metre?.split('/').map(Number) ?? [];
  return {
    prompt: request.trim(),
    ...(facts.tempoBpm !== null && { tempoBpm: facts.tempoBpm }),
    ...(facts.bars !== null && { bars: facts.bars }),
    ...(facts.heardBars !== null && { heard: facts.heardBars }),
    ...(facts.key !== null && { key: facts.key }),
    ...(numerator !== undefined && denominator !== undefined && { metreNumerator: numerator, metreDenominator: denominator }),
    ...(strength !== undefined && { strength }),
    ...(count !== undefined && { candidates: Number(count) }),
    ...(slot !== undefined && { slot: Number(slot) }),
    ...(loudness !== undefined && { loudnessLufs: Number(loudness) }),
    ...(clip !== undefined && /\d/.test(clip) && { clip }),
    // Writing down takes long and needs a model: only where it is asked for.
    transcribe:
      /\btranscri|\bwrite down\b|\blyrics\b|\bwhat(?:'s| is) (?:said|sung)\b/.test(text) &&
      !/\b(?:no|without|skip|don't) transcri/.test(text),
  };
}

interface Choice {
  readonly workflow: PlannableWorkflow;
  readonly deeds: ReadDeeds | null;
  readonly reason: string;
}

function choose(request: string, text: string, workflows: readonly PlannableWorkflow[], hasClip: boolean): Choice {
  const said = request.toLowerCase();
  // A workflow that is called by its name is meant.
  const named = workflows.find(({ name }) => name !== 'generate' && said.includes(name));
  if (named !== undefined) return { workflow: named, deeds: null, reason: `The request names the workflow ${named.name}.` };
  const deeds = readDeeds(text, { hasClip });
  const find = (deed: Deed): PlannableWorkflow | undefined => workflows.find(({ name }) => name === WORKFLOW_OF[deed]);
  const chosen = find(deeds.deed);
  if (chosen !== undefined) {
    const words = deeds.words.map((word) => `“${word}”`).join(', ');
    const none = 'No words point to another workflow, so a clip is generated.';
    return { workflow: chosen, deeds, reason: words === '' ? none : `${words}: the workflow ${chosen.name}.` };
  }
  const generate = find('generate');
  if (generate === undefined) throw new GrymError('GRYM_PLAN_IMPOSSIBLE', { request, reason: 'no workflow of the library fits it' });
  return { workflow: generate, deeds, reason: `There is no workflow ${WORKFLOW_OF[deeds.deed]}, so a clip is generated.` };
}

interface Filled {
  readonly inputs: Inputs;
  readonly missing: readonly string[];
  readonly reasons: readonly string[];
}

function fill(workflow: PlannableWorkflow, stated: JsonObject, known: JsonObject): Filled {
  const values: JsonObject = { ...stated, ...known };
  const inputs: Inputs = {};
  const missing: string[] = [];
  const reasons: string[] = [];
  for (const [name, input] of Object.entries(workflow.inputs)) {
    const value = values[name] ?? null;
    if (value !== null && fitsInput(value, input)) {
      inputs[name] = value;
      if (name !== 'prompt')
        reasons.push(`${name} ${JSON.stringify(value)}, ${known[name] === undefined ? 'as the request says' : 'as known'}.`);
      continue;
    }
    if (value !== null) reasons.push(`${name} ${JSON.stringify(value)} is not possible in ${workflow.name} and was left out.`);
    if (isMissing(input)) missing.push(name);
  }
  return { inputs, missing, reasons };
}

const isMissing = (input: PlannableInput): boolean => input.default === undefined && !input.optional;

/** What is done with the result of the first workflow. */
function followUps(
  request: PlanRequest,
  { fit, tags, export: exported }: ReadDeeds,
  stated: JsonObject,
): { steps: DocumentStep[]; reasons: string[] } {
  const steps: DocumentStep[] = [];
  const reasons: string[] = [];
  const hasStep = (name: string): boolean => request.steps.some((step) => step.name === name && step.available);
  const clipNow = (): OutputReferenceValue => new OutputReferenceValue({ from: steps.at(-1)?.id ?? 'planned', output: 'clip' });
  const fitting = fit ? request.workflows.find(({ name }) => name === WORKFLOW_OF.fit) : undefined;
  if (fitting !== undefined) {
    const { bridge, slot } = { bridge: null, slot: null, ...request.known };
    const { tempoBpm = null, key = null, loudnessLufs = null } = stated;
    const { inputs } = fill(fitting, { tempoBpm, key, loudnessLufs, bridge, slot }, {});
    steps.push({ id: 'fit', kind: 'workflow', name: fitting.name, with: { ...inputs, clip: clipNow() } });
    reasons.push(`The result is fitted by ${fitting.name}.`);
  }
  if (tags.length > 0 && hasStep('tag')) {
    steps.push({ id: 'tag', kind: 'use', name: 'tag', with: { clip: clipNow(), add: tags } });
    reasons.push(`The result is tagged: ${tags.join(', ')}.`);
  } else if (tags.length > 0) reasons.push(`The tags ${tags.join(', ')} were left out: there is no step that gives them.`);
  const { folder } = request.known;
  if (exported && typeof folder === 'string' && hasStep('export')) {
    steps.push({ id: 'export', kind: 'use', name: 'export', with: { clips: [clipNow()], folder } });
    reasons.push(`The result is exported to ${folder}.`);
  } else if (exported) reasons.push('The export was left out: no folder is known for it.');
  return { steps, reasons };
}

function factsOf({ tempoBpm, key, metre, bars, instrument }: RequestFacts): PlanFacts {
  return { tempoBpm, key, metre, bars, instrument };
}

function planByTemplates(planRequest: PlanRequest): Plan {
  const { request, known, workflows } = planRequest;
  const facts = readRequest(request);
  const stated = statedInputs(request, facts);
  const hasClip = typeof (known['clip'] ?? stated['clip']) === 'string';
  const { workflow, deeds, reason } = choose(request, facts.text, workflows, hasClip);
  const { inputs, missing, reasons } = fill(workflow, stated, known);
  if (missing.length > 0) {
    const what = `the workflow ${workflow.name} needs ${missing.join(' and ')}, which neither the words nor what is known say`;
    throw new GrymError('GRYM_PLAN_IMPOSSIBLE', { request, reason: what });
  }
  const after = deeds === null ? { steps: [], reasons: [] } : followUps(planRequest, deeds, stated);
  const steps: DocumentStep[] = [{ id: 'planned', kind: 'workflow', name: workflow.name, with: inputs }, ...after.steps];
  const fitted = steps.find(({ id }) => id === 'fit');
  return {
    workflow: after.steps.length === 0 ? workflow.name : null,
    inputs: after.steps.length === 0 ? inputs : {},
    facts: factsOf(facts),
    ...{ provider: TEMPLATES, fallback: null, thoughts: '' },
    document: writeDocument({
      title: request,
      help: `Planned by the built-in templates: ${steps.map(({ name }) => name).join(', ')} with the inputs that the request says.`,
      steps,
      outputs: { planned: 'planned', ...(after.steps.length > 0 && { clip: { from: fitted?.id ?? 'planned', output: 'clip' } }) },
    }),
    reasons: ['Planned by the built-in templates, not by a model.', reason, ...reasons, ...after.reasons],
  };
}

/** The built-in planner: picks workflows by words and fills their inputs. It reads figures and names; it does not reason. */
export function createTemplatePlanner(): Planner {
  return {
    ...{ provider: TEMPLATES, version: '2' },
    plan: async (request) => planByTemplates(request),
    review: async ({ earlier }) =>
      earlier.at(-1)?.outcome === 'done'
        ? { kind: 'satisfied', reason: 'The workflow that the words point to has ended well; without a model nothing more can be judged.' }
        : { kind: 'give-up', reason: 'The workflow that the words point to has failed, and the built-in templates know no other.' },
  };
}

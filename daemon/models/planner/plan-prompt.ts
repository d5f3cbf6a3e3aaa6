import type { PlanAttempt, PlanRequest } from '../plan.js';
import { INSTRUMENTS } from '../prompt/instruments.js';
import type { Offered, OfferedInput } from './offer.js';
import { PLAN_LIMITS, type Detail } from './plan-schema.js';

const REQUEST_CHARACTERS = 4_000;
const ATTEMPT_CHARACTERS = 1_500;
const SUMMARY_LINES = 8;

export function cut(text: string, characters: number): string {
  const all = [...text];
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join('')}…`;
}

function inputText({ name, type, isNeeded, minimum, maximum, options }: OfferedInput, detail: Detail): string {
  const mark = isNeeded ? '!' : '';
  if (detail === 'brief') return `${name}${mark}`;
  const bounds =
    minimum !== undefined && maximum !== undefined && (type === 'number' || type === 'integer') ? ` ${minimum}…${maximum}` : '';
  const kind = options === undefined ? `${type}${bounds}` : options.join('|');
  return `${name}${mark}: ${kind}`;
}

function line({ name, help, inputs, outputs }: Offered, detail: Detail): string {
  const taken = inputs.map((input) => inputText(input, detail)).join(', ');
  const given = outputs === null || outputs.length === 0 ? '' : ` → ${outputs.slice(0, 12).join(', ')}`;
  return detail === 'brief' ? `${name}(${taken})` : `- ${name}: ${help}\n  (${taken})${given}`;
}

function listOf(offers: readonly Offered[], kind: Offered['kind'], detail: Detail): string {
  const lines = offers.filter((offered) => offered.kind === kind).map((offered) => line(offered, detail));
  return lines.length === 0 ? 'none' : lines.join(detail === 'brief' ? '; ' : '\n');
}

const EXAMPLE =
  '{"understood": {"tempoBpm": 122, "key": null, "metre": null, "bars": 4, "instrument": null}, "title": "Vary, then fit", "steps": [' +
  '{"workflow": "vary-what-i-played", "with": {"bridge": "Keys", "bars": 4, "strength": 0.3}}, ' +
  '{"workflow": "clean-up-and-fit", "with": {"clip": {"from": 1, "output": "clip"}, "tempoBpm": 122}}]}';

/** What a model is to know before it hears the request. */
export function instructions(offers: readonly Offered[], detail: Detail): string {
  const { steps } = PLAN_LIMITS[detail];
  if (detail === 'brief') {
    return [
      'Plan a music request as JSON: understood, title, steps ({"workflow" or "step": name, "with": inputs; null = left out}).',
      `{"from": n, "output": "clip"} is the clip of step n. "!" = needed. At most ${steps} steps.`,
      `Workflows: ${listOf(offers, 'workflow', detail)}`,
      `Steps: ${listOf(offers, 'step', detail)}`,
    ].join('\n');
  }
  return [
    'You plan for grym-synth, the co-producer beside a musician’s DAW. You turn a request into a plan, as one JSON object:',
    '- "understood": what the request itself says: tempoBpm, key ("F# dorian"), metre ("7/8"), bars, instrument ' +
      `(${INSTRUMENTS.join(', ')}; the one to be made, not one that is there already). null for everything it does not say.`,
    '- "title": a few words.',
    `- "steps": 1 to ${steps}, done in order. Each is {"workflow": name, "with": inputs} or {"step": name, "with": parameters}.`,
    'Rules:',
    '- One workflow is nearly always enough. Take several only where several things are asked for, and single steps only where no workflow does it.',
    '- Give only what was asked for; null for the rest. “!” marks what is needed.',
    '- What an earlier step made is {"from": number of that step, "output": its output}. Workflows have the output "clip".',
    '- Never invent clips, bridges or folders: take known ones, or refer to an earlier step.',
    '- Words that describe the sound belong into "prompt".',
    '',
    `Workflows:\n${listOf(offers, 'workflow', detail)}`,
    '',
    `Steps:\n${listOf(offers, 'step', detail)}`,
    '',
    `Example of an answer (inputs that are null are left out here):\n${EXAMPLE}`,
  ].join('\n');
}

function attemptText({ document, outcome, summary }: PlanAttempt, index: number, detail: Detail): string {
  const lines = summary.slice(0, SUMMARY_LINES).map((entry) => `- ${cut(entry, 300)}`);
  const written = detail === 'brief' ? '' : `\n${cut(document, ATTEMPT_CHARACTERS)}`;
  return `Plan ${index + 1} was carried out and ${outcome === 'done' ? 'ended well' : 'failed'}:${written}\n${lines.join('\n')}`;
}

/** The request with what is known and what was tried. */
export function question({ request, known, earlier }: PlanRequest, detail: Detail): string {
  const facts = Object.entries(known).map(([name, value]) => `${name} = ${cut(JSON.stringify(value), 200)}`);
  return [
    ...(facts.length === 0 ? [] : [`Known besides: ${facts.join('; ')}`]),
    ...earlier.slice(-3).map((attempt, index) => attemptText(attempt, index, detail)),
    `The request:\n"""\n${cut(request, detail === 'brief' ? 600 : REQUEST_CHARACTERS)}\n"""`,
  ].join('\n\n');
}

export const ASK_FOR_PLAN = 'Answer with the plan as JSON.';
export const ASK_FOR_VERDICT =
  'Judge the last plan by what came of it: {"verdict": "satisfied" | "replan" | "give-up", "reason": one sentence}. ' +
  'satisfied: it is what was asked for. replan: another plan would do better. give-up: nothing else is worth trying.';

export function repairText(mistakes: readonly string[]): string {
  const lines = mistakes.slice(0, 8).map((mistake) => `- ${cut(mistake, 300)}`);
  return `That plan cannot be carried out:\n${lines.join('\n')}\nAnswer once more, with the whole plan as JSON.`;
}

import { isGrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { PlanFacts, PlanRequest } from '../plan.js';
import { parseKey } from '../prompt/index.js';
import { OutputReferenceValue, SeedValue, titleOf, writeDocument, type DocumentStep, type WithValue } from './document.js';
import type { OfferedInput } from './offer.js';
import { referenceSchema, type AnsweredStep, type PlanAnswer } from './plan-schema.js';

/** A plan as a model answered it, ready to be carried out. */
export interface PlannedDocument {
  readonly workflow: string | null;
  readonly inputs: JsonObject;
  readonly facts: PlanFacts;
  readonly document: string;
  readonly reasons: readonly string[];
}

/** Facts that a step can be told, and the inputs that take them. */
const FACT_INPUTS = ['tempoBpm', 'key', 'bars'] as const;

function readFacts({ understood }: PlanAnswer, mistakes: string[]): PlanFacts {
  const { tempoBpm, bars, instrument } = understood;
  let key: string | null = null;
  try {
    key = understood.key === null || understood.key.trim() === '' ? null : parseKey(understood.key).name;
  } catch (error) {
    if (!isGrymError(error)) throw error;
    mistakes.push(`understood.key: ${error.message}`);
  }
  const metre = understood.metre?.replaceAll(' ', '') ?? null;
  if (metre !== null && metre !== '' && !/^(?:[1-9]|[1-5]\d|6[0-4])\/(?:1|2|4|8|16|32)$/.test(metre)) {
    mistakes.push(`understood.metre: "${metre}" is no metre; expected one such as 7/8`);
  }
  return { tempoBpm, key, metre: metre === '' ? null : metre, bars, instrument };
}

/** Puts an answer's steps into a document, checking what their schemas cannot. */
class Translation {
  readonly mistakes: string[] = [];
  readonly reasons: string[] = [];
  readonly facts: PlanFacts;
  private readonly ids: string[] = [];
  private seeds = 0;

  constructor(
    private readonly answer: PlanAnswer,
    private readonly request: PlanRequest,
  ) {
    this.facts = readFacts(answer, this.mistakes);
  }

  steps(): DocumentStep[] {
    const { steps } = this.answer;
    const free = this.unsaidFacts();
    return steps.map((step, index) => {
      const id = this.idOf(step, index, steps.length);
      const parameters: Record<string, WithValue | SeedValue> = {};
      for (const input of step.offered.inputs) {
        const value = this.value(step.with[input.name] ?? null, input, index) ?? this.known(step, input) ?? free(step, input);
        if (value !== null) parameters[input.name] = value;
        else if (input.isNeeded) this.mistakes.push(`step ${index + 1} (${step.offered.name}): ${input.name} is needed`);
      }
      if (step.offered.takesSeed) {
        parameters['seed'] = new SeedValue(this.seeds);
        this.seeds += 1;
      }
      this.ids.push(id);
      return { id, kind: step.offered.kind === 'workflow' ? 'workflow' : 'use', name: step.offered.name, with: parameters };
    });
  }

  private idOf({ offered }: AnsweredStep, index: number, count: number): string {
    if (count === 1) return 'planned';
    return this.ids.includes(offered.name) ? `${offered.name}-${index + 1}` : offered.name;
  }

  private value(value: unknown, input: OfferedInput, index: number): WithValue | null {
    if (value === null) return null;
    if (Array.isArray(value)) {
      const entries = (value as readonly unknown[]).map((entry) => this.value(entry, input, index));
      return entries.filter((entry): entry is WithValue & (JsonValue | OutputReferenceValue) => entry !== null);
    }
    const reference = referenceSchema.safeParse(value);
    if (reference.success) return this.reference(reference.data, input, index);
    if (typeof value !== 'string') return value as JsonValue;
    const text = value.trim();
    return text === '' ? null : this.text(text, input, index);
  }

  private text(text: string, { name, type }: OfferedInput, index: number): string | null {
    const where = `step ${index + 1}, ${name}`;
    // A clip or a bridge that nobody named does not exist; a run would find that out much later.
    if (type === 'clip' || type === 'clips') {
      const isKnown =
        this.isKnown(text) || (/^[0-9a-f]{4,64}$/i.test(text) && this.request.request.toLowerCase().includes(text.toLowerCase()));
      if (!isKnown) this.mistakes.push(`${where}: the clip "${text}" is neither known nor in the request; refer to an earlier step`);
    } else if (name === 'bridge' && !this.isKnown(text) && !this.request.request.toLowerCase().includes(text.toLowerCase())) {
      this.mistakes.push(`${where}: the bridge "${text}" is neither known nor in the request`);
    }
    return text;
  }

  private isKnown(text: string): boolean {
    return Object.values(this.request.known).includes(text);
  }

  private reference(
    { from, output }: { from: number; output: string },
    { name }: OfferedInput,
    index: number,
  ): OutputReferenceValue | null {
    const where = `step ${index + 1}, ${name}`;
    const source = this.answer.steps[from - 1]?.offered;
    const id = this.ids[from - 1];
    if (source === undefined || id === undefined) {
      this.mistakes.push(`${where}: it refers to step ${from}, which does not stand before it`);
      return null;
    }
    if (source.outputs !== null && !source.outputs.includes(output)) {
      this.mistakes.push(`${where}: step ${from} (${source.name}) has no output ${output}; it has ${source.outputs.join(', ')}`);
      return null;
    }
    return new OutputReferenceValue({ from: id, output });
  }

  /** What is known fills what a workflow was not given, and what a step cannot do without. */
  private known({ offered }: AnsweredStep, input: OfferedInput): JsonValue | null {
    const value = this.request.known[input.name] ?? null;
    if (value === null || (offered.kind === 'step' && !input.isNeeded && input.name !== 'slot')) return null;
    return value;
  }

  /** A fact that was understood but given to no step goes to the first that takes it. */
  private unsaidFacts(): (step: AnsweredStep, input: OfferedInput) => JsonValue | null {
    const open = new Set<string>(
      FACT_INPUTS.filter((name) => this.facts[name] !== null && this.answer.steps.every((step) => (step.with[name] ?? null) === null)),
    );
    return (_step, { name }) => {
      if (!open.delete(name)) return null;
      const value = this.facts[name as (typeof FACT_INPUTS)[number]];
      this.reasons.push(`${name} ${JSON.stringify(value)} was understood and is taken.`);
      return value;
    };
  }
}

function isPlain(parameters: DocumentStep['with']): parameters is JsonObject {
  return Object.values(parameters).every(
    (value) => !(value instanceof SeedValue) && !(value instanceof OutputReferenceValue) && !Array.isArray(value),
  );
}

/** What the run is about: the last clip that is made. */
function outputsOf(steps: readonly DocumentStep[], answered: readonly AnsweredStep[]) {
  const last = steps.findLastIndex((_step, index) => {
    const outputs = answered[index]?.offered.outputs;
    return outputs === null || outputs?.includes('clip') === true || outputs?.includes('best') === true;
  });
  const step = steps[last];
  const outputs = answered[last]?.offered.outputs;
  const end = steps.at(-1);
  const result = end === undefined ? {} : { planned: end.id };
  // What a workflow hands back is not known here: the step as a whole is, and the reader knows the rest.
  if (step === undefined || outputs === null || outputs === undefined) return result;
  return { ...result, clip: { from: step.id, output: outputs.includes('clip') ? 'clip' : 'best' } };
}

/** Makes a document of an answer; or its mistakes, one line each, in words that the model can mend them by. */
export function planDocument(answer: PlanAnswer, request: PlanRequest, help: string): PlannedDocument | readonly string[] {
  const translation = new Translation(answer, request);
  const steps = translation.steps();
  const { mistakes, facts, reasons } = translation;
  if (mistakes.length > 0) return mistakes;
  const [only] = steps;
  const isWorkflow = steps.length === 1 && only?.kind === 'workflow' && isPlain(only.with);
  const title = titleOf(answer.title === '' ? request.request : answer.title);
  const document = writeDocument({ title, help, steps, outputs: outputsOf(steps, answer.steps) });
  const wrong = request.check(document);
  if (wrong.length > 0) return wrong.slice(0, 8);
  const named = steps.map(({ name }) => name).join(', ');
  return {
    workflow: isWorkflow ? only.name : null,
    inputs: isWorkflow && isPlain(only.with) ? only.with : {},
    facts,
    document,
    reasons: [`The plan: ${title} (${named}).`, ...reasons],
  };
}

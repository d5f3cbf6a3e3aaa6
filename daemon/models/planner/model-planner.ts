import { z } from 'zod';
import { GrymError, isGrymError, throwIfCancelled, toGrymError, withDeadline, type JsonObject } from '../../kernel/index.js';
import { findJsonObject } from '../chat/index.js';
import type { Plan, Planner, PlanOptions, PlanRequest, Review } from '../plan.js';
import { offerOf, type Offered } from './offer.js';
import { planDocument, type PlannedDocument } from './plan-document.js';
import { ASK_FOR_PLAN, ASK_FOR_VERDICT, cut, instructions, question, repairText } from './plan-prompt.js';
import { answerSchemaOf, type AnswerSchema, type Detail } from './plan-schema.js';
import { createTemplatePlanner } from './templates-planner.js';

export interface TextQuestion {
  readonly system: string;
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[];
  readonly schema: { readonly name: string; readonly schema: JsonObject };
  /** Less thought is enough to mend an answer. */
  readonly isRepair: boolean;
}

export interface TextAnswer {
  /** Probably JSON, probably under the schema. */
  readonly text: string;
  readonly thoughts: string;
}

/** Any model that answers in text. */
export interface TextModel {
  readonly provider: string;
  readonly version: string;
  /** Throws any error of the catalogue; GRYM_MODEL_PROMPT_TOO_LONG leads to a shorter question. */
  ask(question: TextQuestion, options: PlanOptions): Promise<TextAnswer>;
}

/** Of all questions of one plan or review together: a minute less than the step that plans has, so that the templates have their turn. */
const BUDGET_MS = 840_000;
const THOUGHT_CHARACTERS = 8_000;
const ANSWER_CHARACTERS = 6_000;
const REASON_CHARACTERS = 400;

const verdictSchema = z.object({
  verdict: z.enum(['satisfied', 'replan', 'give-up']),
  reason: z.string().transform((text) => cut(text.replaceAll(/\s+/g, ' ').trim(), REASON_CHARACTERS)),
});
const VERDICT_JSON: JsonObject = {
  type: 'object',
  properties: { verdict: { type: 'string', enum: ['satisfied', 'replan', 'give-up'] }, reason: { type: 'string', maxLength: 200 } },
  required: ['verdict', 'reason'],
  additionalProperties: false,
};

/** What a model made of a request. */
type Outcome =
  | { readonly kind: 'plan'; readonly planned: PlannedDocument; readonly wasRepaired: boolean }
  | { readonly kind: 'nonsense'; readonly mistakes: readonly string[] };

/** One request and all that is asked about it. */
class Conversation {
  thoughts = '';
  private readonly offers: readonly Offered[];
  private detail: Detail = 'full';
  private readonly schemas = new Map<Detail, AnswerSchema>();
  private readonly endsAtMs: number;

  constructor(
    private readonly model: TextModel,
    private readonly request: PlanRequest,
    private readonly options: PlanOptions,
    private readonly budgetMs: number,
  ) {
    this.offers = offerOf(request);
    this.endsAtMs = performance.now() + budgetMs;
  }

  /** A plan, if need be after one repair. */
  async plan(): Promise<Outcome> {
    const first = await this.askForPlan(null, [0, 0.7]);
    if (first.planned !== null) return { kind: 'plan', planned: first.planned, wasRepaired: false };
    const second = await this.askForPlan(first, [0.7, 1]);
    if (second.planned !== null) return { kind: 'plan', planned: second.planned, wasRepaired: true };
    return { kind: 'nonsense', mistakes: second.mistakes };
  }

  async verdict(): Promise<z.output<typeof verdictSchema> | null> {
    const { text } = await this.ask([0, 0.3], (detail) => ({
      messages: [{ role: 'user', content: `${question(this.request, detail)}\n\n${ASK_FOR_VERDICT}` }],
      schema: { name: 'verdict', schema: VERDICT_JSON },
      isRepair: false,
    }));
    const read = verdictSchema.safeParse(jsonIn(text));
    return read.success ? read.data : null;
  }

  private async askForPlan(
    wrong: { readonly text: string; readonly mistakes: readonly string[] } | null,
    range: readonly [number, number],
  ) {
    const { text } = await this.ask(range, (detail) => {
      const asked = `${question(this.request, detail)}\n\n${ASK_FOR_PLAN}`;
      const schema = { name: 'plan', schema: this.schema(detail).json };
      if (wrong === null) return { messages: [{ role: 'user', content: asked }], schema, isRepair: false };
      const repair = repairText(wrong.mistakes);
      // In a small context there is no room for what was wrong, only for why.
      if (detail === 'brief') return { messages: [{ role: 'user', content: `${asked}\n\n${repair}` }], schema, isRepair: true };
      const said = cut(wrong.text === '' ? '(nothing)' : wrong.text, ANSWER_CHARACTERS);
      const turns = [
        { role: 'user', content: asked },
        { role: 'assistant', content: said },
        { role: 'user', content: repair },
      ] as const;
      return { messages: turns, schema, isRepair: true };
    });
    return { text, ...this.read(text) };
  }

  private schema(detail: Detail): AnswerSchema {
    const schema = this.schemas.get(detail) ?? answerSchemaOf(this.offers, detail);
    this.schemas.set(detail, schema);
    return schema;
  }

  private read(text: string): { readonly planned: PlannedDocument | null; readonly mistakes: readonly string[] } {
    const json = jsonIn(text);
    if (json === undefined) return { planned: null, mistakes: ['the answer is no JSON object'] };
    const answer = this.schema(this.detail).read(json);
    if (!('steps' in answer)) return { planned: null, mistakes: answer };
    const planned = planDocument(answer, this.request, `Planned by ${this.model.provider}.`);
    return 'document' in planned ? { planned, mistakes: [] } : { planned: null, mistakes: planned };
  }

  /** Asks in full, and again in brief where that is too long for the model. */
  private async ask([from, to]: readonly [number, number], make: (detail: Detail) => Omit<TextQuestion, 'system'>): Promise<TextAnswer> {
    const { onThought, onProgress } = this.options;
    const options: Omit<PlanOptions, 'signal'> = {
      onThought,
      onProgress: onProgress && ((fraction, stage) => onProgress(from + (to - from) * Math.min(1, fraction), stage)),
    };
    const asked = async (): Promise<TextAnswer> =>
      this.inTime({ system: instructions(this.offers, this.detail), ...make(this.detail) }, options);
    let answer: TextAnswer;
    try {
      answer = await asked();
    } catch (error) {
      if (!isGrymError(error, 'GRYM_MODEL_PROMPT_TOO_LONG') || this.detail === 'brief') throw error;
      this.detail = 'brief';
      answer = await asked();
    }
    this.thoughts = cut([this.thoughts, answer.thoughts].filter((text) => text !== '').join('\n\n'), THOUGHT_CHARACTERS);
    return answer;
  }

  /** Within what is left of the budget; a question may have a shorter deadline of its own. */
  private async inTime(asked: TextQuestion, options: Omit<PlanOptions, 'signal'>): Promise<TextAnswer> {
    const { signal: outer } = this.options;
    const milliseconds = this.endsAtMs - performance.now();
    if (milliseconds <= 0) throw this.overdue();
    let within: AbortSignal | undefined;
    try {
      return await withDeadline({ milliseconds, what: 'planning', signal: outer }, (signal) => {
        within = signal;
        return this.model.ask(asked, { ...options, signal });
      });
    } catch (error) {
      // However the model takes it that its time is over.
      if (within?.aborted === true && !outer.aborted) throw this.overdue(error);
      throw error;
    }
  }

  private overdue(cause?: unknown): GrymError {
    return new GrymError('GRYM_DEADLINE_EXCEEDED', { what: 'answering all questions', milliseconds: this.budgetMs }, { cause });
  }
}

/** Thoughts in the content are none of the answer, whoever left them there. */
function jsonIn(text: string): JsonObject | undefined {
  const end = text.lastIndexOf('</think>');
  return findJsonObject(end === -1 ? text : text.slice(end + '</think>'.length));
}

/** Throws where the planning itself ends: the caller cancelled, or the daemon stops. Every other error is the model's, and the templates plan. */
function passOnTheEnd(error: unknown, signal: AbortSignal): void {
  throwIfCancelled(signal, 'planning');
  if (isGrymError(error, 'GRYM_SHUTTING_DOWN')) throw error;
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

export interface ModelPlannerOptions {
  /** Of all questions of one plan or review together. Default: 14 minutes. */
  readonly budgetMs?: number | undefined;
}

/** A planner of a text model, with the built-in templates behind it. What a model does wrong, or too slowly, is no error of the planner. */
export class ModelPlanner implements Planner {
  readonly provider: string;
  readonly version: string;
  private readonly templates = createTemplatePlanner();
  private readonly budgetMs: number;

  constructor(
    private readonly model: TextModel,
    { budgetMs = BUDGET_MS }: ModelPlannerOptions = {},
  ) {
    this.budgetMs = budgetMs;
    this.provider = model.provider;
    this.version = model.version;
  }

  async plan(request: PlanRequest, options: PlanOptions): Promise<Plan> {
    const conversation = new Conversation(this.model, request, options, this.budgetMs);
    const made = await this.tryPlan(conversation, options);
    return typeof made === 'string' ? this.fallBack(request, options, made, conversation.thoughts) : made;
  }

  async review(request: PlanRequest, options: PlanOptions): Promise<Review> {
    const conversation = new Conversation(this.model, request, options, this.budgetMs);
    let verdict: Awaited<ReturnType<Conversation['verdict']>>;
    let why = 'its verdict was no JSON of the form that was asked for';
    try {
      verdict = await conversation.verdict();
    } catch (error) {
      passOnTheEnd(error, options.signal);
      verdict = null;
      why = toGrymError(error).message;
    }
    if (verdict === null) {
      const review = await this.templates.review(request, options);
      return { ...review, reason: `${this.provider} could not judge the result: ${sentence(why)} ${review.reason}` };
    }
    const { reason } = verdict;
    if (verdict.verdict !== 'replan')
      return { kind: verdict.verdict, reason: reason === '' ? `${this.provider} gave no reason.` : sentence(reason) };
    const plan = await this.tryPlan(conversation, options);
    // The templates would plan what was tried already.
    if (typeof plan === 'string') return { kind: 'give-up', reason: `${sentence(reason)} No other plan came of it: ${sentence(plan)}` };
    return { kind: 'replan', reason: sentence(reason), plan };
  }

  /** The plan; or why there is none. */
  private async tryPlan(conversation: Conversation, { signal }: PlanOptions): Promise<Plan | string> {
    try {
      const outcome = await conversation.plan();
      const { thoughts } = conversation;
      if (outcome.kind === 'nonsense') {
        return `Its plan was wrong and stayed so after one repair: ${cut(outcome.mistakes.slice(0, 3).join('; '), REASON_CHARACTERS)}`;
      }
      const { planned, wasRepaired } = outcome;
      const reasons = [...planned.reasons, ...(wasRepaired ? ['Its first answer had mistakes; it mended them.'] : [])];
      return { ...planned, ...{ provider: this.provider, fallback: null, thoughts, reasons } };
    } catch (error) {
      passOnTheEnd(error, signal);
      return toGrymError(error).message;
    }
  }

  private async fallBack(request: PlanRequest, options: PlanOptions, why: string, thoughts: string): Promise<Plan> {
    const fallback = sentence(why);
    try {
      const plan = await this.templates.plan(request, options);
      return { ...plan, fallback, thoughts, reasons: [`${this.provider} was asked first: ${fallback}`, ...plan.reasons] };
    } catch (error) {
      if (!isGrymError(error, 'GRYM_PLAN_IMPOSSIBLE')) throw error;
      const reason = `${String(error.details['reason'])}; ${this.provider} was asked first: ${fallback.replace(/\.$/, '')}`;
      throw new GrymError('GRYM_PLAN_IMPOSSIBLE', { request: request.request, reason }, { cause: error });
    }
  }
}

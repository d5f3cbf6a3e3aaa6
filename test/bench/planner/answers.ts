// Asks a GGUF many times and looks at each answer by an independent validator: whatever the weights are, an answer is JSON under the schema,
// a plan that makes no sense ends with the templates, and the user gets no error of the model.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { isGrymError, jsonObjectSchema, messageOf, type JsonObject } from '../../../daemon/kernel/index.js';
import { createLlamaPlanner } from '../../../daemon/models/planner/index.js';
import { openInProcessHosts } from './in-process-hosts.js';
import { openPlannerWorld } from './planner-world.js';
import { readRequests } from './score.js';

export interface AnswersOptions {
  readonly model: string;
  readonly count: number;
  readonly threads: number;
  readonly thoughtTokens: number;
  readonly json: boolean;
}

const resultSchema = z.looseObject({ answer: z.string(), finished: z.boolean() });
const paramsSchema = z.looseObject({ schema: jsonObjectSchema });

class Tally {
  readonly ajv = new Ajv2020({ strict: false });
  answers = 0;
  parsed = 0;
  readonly problems: string[] = [];

  look(params: JsonObject, result: unknown): void {
    this.answers += 1;
    const { answer } = resultSchema.parse(result);
    try {
      const value: unknown = JSON.parse(answer);
      const validate = this.ajv.compile(paramsSchema.parse(params).schema);
      if (validate(value)) this.parsed += 1;
      else this.problems.push(this.ajv.errorsText(validate.errors).slice(0, 300));
    } catch (error) {
      this.problems.push(`${messageOf(error)}: …${answer.slice(-80)}`);
    }
  }
}

export interface CountedAnswers {
  readonly requests: number;
  readonly answers: number;
  /** Of the answers: JSON under the schema. */
  readonly parsed: number;
  readonly plans: { readonly byModel: number; readonly byTemplates: number; readonly withReason: number };
  /** What the user would have seen. */
  readonly exceptions: readonly string[];
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** Asks for a plan of the bench's requests, one after the other, each with a seed of its own. */
export async function countAnswers({ model, count, threads, thoughtTokens }: Omit<AnswersOptions, 'json'>): Promise<CountedAnswers> {
  const tally = new Tally();
  const hosts = await openInProcessHosts(model, threads, (params, result) => tally.look(params, result));
  const world = await openPlannerWorld();
  const { requests } = readRequests(new URL('requests.json', import.meta.url));
  const plans = { byModel: 0, byTemplates: 0, withReason: 0 };
  const exceptions: string[] = [];
  const startMs = performance.now();
  for (let seed = 0; seed < count; seed += 1) {
    const entry = requests[seed % requests.length];
    if (entry === undefined) throw new Error('there are no requests');
    const planner = createLlamaPlanner({ hosts, model: hosts.model, version: 'bench', thoughtTokens, seed });
    try {
      const plan = await planner.plan(world.request(entry.request, entry.known), { signal: new AbortController().signal });
      if (plan.fallback === null) plans.byModel += 1;
      else {
        plans.byTemplates += 1;
        if (plan.fallback !== '' && plan.reasons[0]?.includes(plan.fallback) === true) plans.withReason += 1;
      }
    } catch (error) {
      exceptions.push(`${entry.request}: ${isGrymError(error) ? error.code : ''} ${messageOf(error)}`);
    }
  }
  await hosts.dispose();
  const { answers, parsed, problems } = tally;
  return { ...{ requests: count, answers, parsed, plans, exceptions, problems }, seconds: (performance.now() - startMs) / 1_000 };
}

/** @returns whether every answer parsed and every request got a plan */
export async function askManyTimes({ json, ...options }: AnswersOptions): Promise<boolean> {
  const counted = await countAnswers(options);
  const { requests, answers, parsed, plans, exceptions, problems, seconds } = counted;
  if (json) console.log(JSON.stringify(counted, null, 2));
  else {
    console.log(
      `${parsed} of ${answers} answers parse under the schema, over ${requests} requests with a seed each (${seconds.toFixed(1)} s)`,
    );
    console.log(
      `plans: ${plans.byModel} of the model, ${plans.byTemplates} of the templates after one repair, ${plans.withReason} of these with the reason`,
    );
    console.log(`errors to the user: ${exceptions.length}`);
    for (const line of [...problems, ...exceptions].slice(0, 10)) console.log(`  ${line}`);
  }
  return parsed === answers && answers >= requests && exceptions.length === 0 && plans.withReason === plans.byTemplates;
}

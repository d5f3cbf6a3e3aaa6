import type { Plan, Planner, PlanOptions, PlanRequest, Review } from '../../../daemon/models/index.js';

/** What a planner does when it is asked for a plan, or to judge: the first time, the second time, … The last entry holds on. */
export interface PlannerScript {
  readonly plans?: readonly (Plan | ((request: PlanRequest, options: PlanOptions) => Plan | Promise<Plan>))[];
  readonly reviews?: readonly (Review | ((request: PlanRequest, options: PlanOptions) => Review))[];
}

/** A planner that says what it is told to say, and keeps what it was asked. */
export class ScriptedPlanner implements Planner {
  readonly version = '1';
  readonly asked: PlanRequest[] = [];
  readonly judged: PlanRequest[] = [];

  constructor(
    private readonly script: PlannerScript,
    readonly provider = 'scripted',
  ) {}

  async plan(request: PlanRequest, options: PlanOptions): Promise<Plan> {
    const entry = this.script.plans?.at(Math.min(this.asked.length, (this.script.plans?.length ?? 0) - 1));
    this.asked.push(request);
    if (entry === undefined) throw new Error('no plan in the script');
    return typeof entry === 'function' ? entry(request, options) : entry;
  }

  async review(request: PlanRequest, options: PlanOptions): Promise<Review> {
    const entry = this.script.reviews?.at(Math.min(this.judged.length, (this.script.reviews?.length ?? 0) - 1));
    this.judged.push(request);
    if (entry === undefined) return { kind: 'satisfied', reason: 'It is there.' };
    return typeof entry === 'function' ? entry(request, options) : entry;
  }
}

/** A plan whose document has these steps (YAML, indented as under `steps:`). */
export function scriptedPlan(steps: string, more: Partial<Plan> & { readonly outputs?: string } = {}): Plan {
  const { outputs = '', ...plan } = more;
  return {
    ...{ workflow: null, inputs: {}, provider: 'scripted', fallback: null, thoughts: '', reasons: ['It is what the script says.'] },
    facts: { tempoBpm: null, key: null, metre: null, bars: null, instrument: null },
    document: `workflow: planned\nversion: 1\ntitle: Planned\nsteps:\n${steps}${outputs}`,
    ...plan,
  };
}

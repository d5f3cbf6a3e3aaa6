// npm run bench:planner [-- --provider templates|llama|openai-compatible --json …]
import { parseArgs } from 'node:util';
import { isGrymError, messageOf } from '../../../daemon/kernel/index.js';
import { createTemplatePlanner, type Plan, type Planner } from '../../../daemon/models/plan.js';
import { openPlannerWorld } from './planner-world.js';
import { FACTS, isSaid, readRequests, scoreOf, share, type Fact, type Tally } from './score.js';

const planner: Planner = createTemplatePlanner();
const world = await openPlannerWorld();
const { requests, heldOutFrom } = readRequests(new URL(process.env.RQ ?? 'requests.json', import.meta.url));
const { values } = parseArgs({ options: { part: { type: 'string', default: 'dev' }, quiet: { type: 'boolean' } } });
const tally = new Map<Fact, Tally>();
for (const [index, entry] of requests.entries()) {
  const heldOut = index >= heldOutFrom;
  if (values.part !== 'all' && heldOut !== (values.part === 'held')) continue;
  const request = world.request(entry.request, entry.known);
  let plan: Plan | null = null;
  try {
    plan = await planner.plan(request, { signal: new AbortController().signal });
  } catch (error) {
    console.log('FAILED', entry.request, isGrymError(error) ? error.code : '', messageOf(error));
  }
  const mistakes = plan === null ? [] : request.check(plan.document);
  const score = plan === null ? null : scoreOf(entry, plan, mistakes);
  for (const fact of FACTS) {
    const t = tally.get(fact) ?? { right: 0, asked: 0, saidRight: 0, said: 0 };
    const right = score?.[fact] === true;
    t.asked += 1;
    if (right) t.right += 1;
    if (isSaid(entry, fact)) {
      t.said += 1;
      if (right) t.saidRight += 1;
    }
    tally.set(fact, t);
    if (!right && plan !== null && values.quiet !== true)
      console.log(
        `${index} ${fact}: ${entry.request} -> ${JSON.stringify(plan.facts)} ${fact === 'steps' ? mistakes.join('|') + plan.workflow : ''}`,
      );
  }
}
const sum = { right: 0, asked: 0, saidRight: 0, said: 0 };
for (const [fact, t] of tally) {
  console.log(fact, t.right, '/', t.asked, '| said', t.saidRight, '/', t.said);
  for (const k of ['right', 'asked', 'saidRight', 'said'] as const) sum[k] += t[k];
}
console.log(sum, share(sum.right, sum.asked), share(sum.saidRight, sum.said));

// npm run bench:planner [-- --provider templates|llama|openai-compatible --model FILE.gguf --url URL --model-name NAME --threads N
//   --thought-tokens N --requests FILE --limit N --answers N --json --verbose]
// How many facts of 60 requests in plain language a planner gets right: the steps, tempo, key, metre, bars and instrument. Facts that a
// request says are counted apart from all facts, and the requests that were held out while the templates were made apart from the others.
// Ends with exit code 1 where the templates get less than 90 % of all facts, or of those that are said.
// --answers N asks a GGUF N times instead, with N seeds, and counts the answers that parse under the schema and what became of the plans.
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isGrymError, messageOf } from '../../../daemon/kernel/index.js';
import { createChatServer } from '../../../daemon/models/chat/index.js';
import type { Plan, Planner } from '../../../daemon/models/plan.js';
import { createLlamaPlanner, createServerPlanner, createTemplatePlanner } from '../../../daemon/models/planner/index.js';
import { askManyTimes } from './answers.js';
import { openInProcessHosts } from './in-process-hosts.js';
import { openPlannerWorld } from './planner-world.js';
import { FACTS, isSaid, readRequests, scoreOf, share, type BenchRequest, type Fact, type Tally } from './score.js';

const BAR = 0.9;

const { values } = parseArgs({
  options: {
    provider: { type: 'string', default: 'templates' },
    model: { type: 'string' },
    url: { type: 'string' },
    'model-name': { type: 'string', default: '' },
    threads: { type: 'string', default: String(Math.max(1, Math.floor(availableParallelism() / 2))) },
    'thought-tokens': { type: 'string', default: '2048' },
    requests: { type: 'string' },
    limit: { type: 'string', default: '1000' },
    answers: { type: 'string' },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

interface Opened {
  readonly planner: Planner;
  readonly close: () => Promise<void>;
}

function usage(what: string): never {
  console.error(`bench:planner: ${what}`);
  process.exit(2);
}

async function openPlanner(): Promise<Opened> {
  const thoughtTokens = Number(values['thought-tokens']);
  const nothing = async (): Promise<void> => undefined;
  switch (values.provider) {
    case 'templates':
      return { planner: createTemplatePlanner(), close: nothing };
    case 'llama': {
      const hosts = await openInProcessHosts(values.model ?? usage('--provider llama needs --model FILE.gguf'), Number(values.threads));
      const parts = { hosts, model: hosts.model, version: 'bench', thoughtTokens };
      return { planner: createLlamaPlanner(parts), close: () => hosts.dispose() };
    }
    case 'openai-compatible': {
      const chat = createChatServer({ url: values.url ?? usage('--provider openai-compatible needs --url'), model: values['model-name'] });
      return { planner: createServerPlanner({ chat, thoughtTokens }), close: nothing };
    }
    default:
      return usage(`there is no provider "${values.provider}": templates, llama, openai-compatible`);
  }
}

interface Row {
  readonly request: string;
  readonly isHeldOut: boolean;
  readonly score: Record<Fact, boolean>;
  readonly provider: string;
  readonly seconds: number;
}

const NOTHING_RIGHT: Record<Fact, boolean> = { steps: false, tempoBpm: false, key: false, metre: false, bars: false, instrument: false };

async function ask(
  planner: Planner,
  world: Awaited<ReturnType<typeof openPlannerWorld>>,
  entry: BenchRequest,
): Promise<Omit<Row, 'isHeldOut'>> {
  const request = world.request(entry.request, entry.known);
  const startMs = performance.now();
  const seconds = (): number => (performance.now() - startMs) / 1_000;
  let plan: Plan;
  try {
    plan = await planner.plan(request, { signal: new AbortController().signal });
  } catch (error) {
    console.error(`no plan: ${entry.request}: ${isGrymError(error) ? `${error.code}: ` : ''}${messageOf(error)}`);
    return { request: entry.request, score: NOTHING_RIGHT, provider: 'none', seconds: seconds() };
  }
  const mistakes = request.check(plan.document);
  const score = scoreOf(entry, plan, mistakes);
  const wrong = FACTS.filter((fact) => !score[fact]);
  if (values.verbose && (wrong.length > 0 || plan.fallback !== null)) {
    console.error(
      `${entry.request}\n  wrong: ${wrong.join(', ')}; understood ${JSON.stringify(plan.facts)}; ${plan.fallback ?? ''} ${mistakes.join(' ')}`,
    );
  }
  return { request: entry.request, score, provider: plan.provider, seconds: seconds() };
}

function tallyOf(rows: readonly { row: Row; entry: BenchRequest }[], facts: readonly Fact[]): Tally {
  const tally: Tally = { right: 0, asked: 0, saidRight: 0, said: 0 };
  for (const { row, entry } of rows)
    for (const fact of facts) {
      const right = row.score[fact] ? 1 : 0;
      tally.asked += 1;
      tally.right += right;
      if (!isSaid(entry, fact)) continue;
      tally.said += 1;
      tally.saidRight += right;
    }
  return tally;
}

const percent = (right: number, of: number): string => `${(share(right, of) * 100).toFixed(1)} %`;

function line(name: string, { right, asked, saidRight, said }: Tally): string {
  const all = `${right}/${asked}`.padStart(9);
  return `${name.padEnd(26)}${all}${percent(right, asked).padStart(9)}   ${`${saidRight}/${said}`.padStart(7)}${percent(saidRight, said).padStart(9)}`;
}

async function scoreAll(): Promise<void> {
  const file = values.requests === undefined ? new URL('requests.json', import.meta.url) : pathToFileURL(values.requests);
  const { requests, heldOutFrom } = readRequests(file);
  const world = await openPlannerWorld();
  const { planner, close } = await openPlanner();
  const rows: { row: Row; entry: BenchRequest }[] = [];
  for (const [index, entry] of requests.slice(0, Number(values.limit)).entries()) {
    rows.push({ row: { ...(await ask(planner, world, entry)), isHeldOut: index >= heldOutFrom }, entry });
  }
  await close();
  const parts = {
    ...Object.fromEntries(FACTS.map((fact) => [fact, tallyOf(rows, [fact])])),
    'used while improving': tallyOf(
      rows.filter(({ row }) => !row.isHeldOut),
      FACTS,
    ),
    'held out': tallyOf(
      rows.filter(({ row }) => row.isHeldOut),
      FACTS,
    ),
    total: tallyOf(rows, FACTS),
  };
  const { total } = parts;
  const providers = Object.fromEntries(
    [...new Set(rows.map(({ row }) => row.provider))].map((name) => [name, rows.filter(({ row }) => row.provider === name).length]),
  );
  const seconds = rows.reduce((sum, { row }) => sum + row.seconds, 0);
  if (values.json)
    console.log(JSON.stringify({ provider: values.provider, parts, providers, seconds, rows: rows.map(({ row }) => row) }, null, 2));
  else {
    console.log(`${rows.length} requests, provider ${values.provider}, plans by ${JSON.stringify(providers)}, ${seconds.toFixed(1)} s`);
    console.log(`${''.padEnd(26)}all facts             said ones`);
    for (const [name, tally] of Object.entries(parts)) console.log(line(name, tally));
  }
  const isBelow = share(total.right, total.asked) < BAR || share(total.saidRight, total.said) < BAR;
  if (values.provider === 'templates' && isBelow) process.exitCode = 1;
}

if (values.answers === undefined) await scoreAll();
else {
  const model = values.model ?? usage('--answers needs --model FILE.gguf');
  const isWhole = await askManyTimes({
    ...{ model, count: Number(values.answers), threads: Number(values.threads), json: values.json },
    thoughtTokens: Number(values['thought-tokens']),
  });
  if (!isWhole) process.exitCode = 1;
}

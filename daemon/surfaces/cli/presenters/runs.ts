import { z } from 'zod';
import { facts, table } from '../table.js';
import { ago, duration, shortened, shortHash, valueText } from './format.js';
import { runStepView, runTree } from './run-tree.js';

const optionView = z.object({ id: z.string(), label: z.string(), clip: z.string().nullable() });
const decisionView = z.object({
  runId: z.string(),
  path: z.string(),
  question: z.string(),
  options: z.array(optionView),
  multiple: z.boolean(),
  details: z.string().optional(),
  takesDocument: z.boolean().default(false),
});
type DecisionView = z.infer<typeof decisionView>;

const waitView = z.union([
  decisionView.omit({ runId: true }).extend({ kind: z.literal('decision') }),
  z.object({ kind: z.literal('bridge'), bridgeId: z.string() }),
  z.object({ kind: z.literal('run'), runId: z.string() }),
]);

const problemView = z.object({
  what: z.string(),
  tried: z.array(z.string()),
  next: z.array(z.object({ what: z.string(), command: z.string() })),
});

const runView = z.object({
  runId: z.string(),
  workflow: z.string(),
  title: z.string(),
  state: z.string(),
  fraction: z.number(),
  stage: z.string(),
  prompt: z.string().nullable(),
  seed: z.number().nullable(),
  clipHash: z.string().nullable(),
  clipPath: z.string().nullable(),
  submittedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  rerunOf: z.string().nullable(),
  partOf: z.string().nullable().default(null),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

const runResultView = runView.extend({
  inputs: z.record(z.string(), z.unknown()),
  edits: z.record(z.string(), z.record(z.string(), z.unknown())),
  outputs: z.record(z.string(), z.unknown()).nullable(),
  explanation: z.array(z.string()),
  notes: z.array(z.string()),
  waitingFor: waitView.nullable(),
  problem: problemView.nullable(),
});
type RunResultView = z.infer<typeof runResultView>;

export function presentRuns(result: unknown): string {
  const { runs, leftOut } = z.object({ runs: z.array(runView), leftOut: z.number().default(0) }).parse(result);
  if (runs.length === 0) return 'No runs.\n';
  const rows = runs.map(({ runId, workflow, state, error, stage, clipHash, submittedAtMs, prompt, title }) => [
    runId,
    workflow,
    state,
    error?.code ?? (shortened(stage, 40) || '-'),
    clipHash === null ? '-' : shortHash(clipHash),
    ago(submittedAtMs),
    shortened(prompt ?? title, 60),
  ]);
  const more = leftOut === 0 ? '' : `${leftOut} older ones are left out: name a state or a workflow\n`;
  return table(['RUN', 'WORKFLOW', 'STATE', 'STAGE', 'CLIP', 'ASKED', 'PROMPT'], rows) + more;
}

/** What `run-workflow`, `rerun` and `decide` reply: the run without its steps. */
export function presentRun(result: unknown): string {
  const { run } = z.object({ run: runResultView }).parse(result);
  return headOf(run) + endOf(run);
}

export function presentRunDetail(result: unknown): string {
  const { run, steps, stepsTotal } = z.object({ run: runResultView, steps: z.array(runStepView), stepsTotal: z.number() }).parse(result);
  const left = stepsTotal - steps.length;
  const more = left > 0 ? `  … ${left} more: grym show-run ${run.runId} --offset ${steps.length}, or --under <step path>\n` : '';
  return `${headOf(run)}\n${runTree(steps)}${more}${endOf(run)}`;
}

function headOf(run: RunResultView): string {
  const took = run.endedAtMs === null ? '' : `, took ${duration(run.endedAtMs - run.submittedAtMs)}`;
  const done = run.endedAtMs === null ? `, ${Math.round(run.fraction * 100)} %${run.stage === '' ? '' : `, ${run.stage}`}` : '';
  const lines: [string, string][] = [
    ['run', run.runId],
    ['workflow', `${run.title} (${run.workflow})`],
    ['state', `${run.state}${done}, asked ${ago(run.submittedAtMs)}${took}`],
  ];
  if (run.rerunOf !== null) lines.push(['re-run of', run.rerunOf]);
  if (run.partOf !== null) lines.push(['part of', run.partOf]);
  const inputs = pairsOf(run.inputs);
  if (inputs !== '') lines.push(['inputs', inputs]);
  for (const [path, values] of Object.entries(run.edits)) lines.push([`set for ${path}`, pairsOf(values, 'open')]);
  if (run.outputs !== null) lines.push(['outputs', pairsOf(run.outputs) || '-']);
  if (run.clipHash !== null && run.clipPath !== null) lines.push(['clip', shortHash(run.clipHash)], ['file', run.clipPath]);
  return (
    facts(lines) +
    saidOnce(run)
      .map((line) => `  ${line}\n`)
      .join('')
  );
}

/** Candidates say the same of themselves, and a note repeats what failed. */
function saidOnce({ explanation, notes, error }: RunResultView): string[] {
  const others = notes.filter((note) => error === null || !note.includes(error.message));
  return [...new Set([...explanation, ...others])];
}

/** `open`: what is said of null; without it such values are left out. */
function pairsOf(values: Readonly<Record<string, unknown>>, open?: string): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null || open !== undefined)
    .map(([name, value]) => `${name}=${value === null ? open : valueText(value)}`)
    .join('  ');
}

function endOf(run: RunResultView): string {
  const { problem } = run;
  return waitText(run) + (problem === null ? '' : problemText(problem));
}

function waitText({ waitingFor, runId, state }: RunResultView): string {
  switch (waitingFor?.kind) {
    case undefined:
      return '';
    case 'bridge':
      return `\nIt waits for the bridge ${waitingFor.bridgeId} to connect.\n`;
    case 'run': {
      const forWhom = state === 'waiting-for-decision' ? ', which waits for an answer' : '';
      return `\nIts plan is carried out by the run ${waitingFor.runId}${forWhom}: grym show-run ${waitingFor.runId}\n`;
    }
    case 'decision':
      return `\n${decisionText({ runId, ...waitingFor })}`;
  }
}

function problemText({ what, tried, next }: z.infer<typeof problemView>): string {
  const attempts = tried.length === 0 ? '' : `\nWhat was tried:\n${tried.map((line) => `  ${line}\n`).join('')}`;
  const steps = next.map((step) => `  ${step.what}\n      ${step.command}\n`).join('');
  return `\nWhat failed:\n  ${what}\n${attempts}${steps === '' ? '' : `\nWhat can be done now:\n${steps}`}`;
}

/** The question, its options, and the command that answers it. */
function decisionText({ runId, path, question, options, multiple, details, takesDocument }: DecisionView): string {
  const width = Math.max(...options.map(({ id }) => id.length), 0);
  const lines = options.map(
    ({ id, label, clip }) => `  ${id.padEnd(width)}  ${label}${clip === null ? '' : ` (clip ${shortHash(clip)})`}\n`,
  );
  const example = options[0]?.id ?? '<answer>';
  const several = multiple && options[1] !== undefined ? ` ${options[1].id}` : '';
  const place = path.includes('/') || path.includes('[') ? ` --path '${path}'` : '';
  const about = details === undefined ? '' : `${details.replaceAll(/^(?=.)/gm, '  ')}\n\n`;
  const command = `grym decide ${runId} ${example}${several}${place}`;
  const edit = takesDocument ? `Changed: grym plan --of ${runId} > plan.yaml, edit it, then ${command} --document plan.yaml\n` : '';
  return `${question}\n${about}${lines.join('')}Answer: ${command}\n${edit}`;
}

export function presentDecisions(result: unknown): string {
  const { decisions } = z
    .object({ decisions: z.array(decisionView.extend({ title: z.string(), submittedAtMs: z.number() })) })
    .parse(result);
  if (decisions.length === 0) return 'No run waits for a decision.\n';
  return decisions.map((decision) => `${decision.title}, asked ${ago(decision.submittedAtMs)}\n${decisionText(decision)}`).join('\n');
}

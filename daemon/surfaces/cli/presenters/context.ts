import { z } from 'zod';
import { table } from '../table.js';
import { ago, number, valueText } from './format.js';

const fieldView = z.object({
  field: z.string(),
  value: z.unknown(),
  rank: z.string(),
  confidence: z.number(),
  path: z.string(),
  rule: z.string().nullable(),
  alternatives: z.array(z.object({ value: z.unknown(), rank: z.string(), path: z.string(), because: z.string() })),
});

const parameterView = z.object({
  path: z.string(),
  step: z.string(),
  sentence: z.string(),
  sources: z.array(z.object({ field: z.string(), path: z.string() })),
  lost: z.array(z.object({ value: z.unknown(), rule: z.string().nullable(), because: z.string() })),
});
type ParameterView = z.output<typeof parameterView>;

function parameterLines({ sentence, sources, lost }: ParameterView): string {
  const saidBy = [...new Set(sources.filter(({ path }) => path !== '').map(({ field, path }) => `${field}: ${path}`))].join(', ');
  const others = lost.map(({ value, rule, because }) => `    not ${valueText(value, 40)} by rule ${rule ?? '-'}: ${because}\n`).join('');
  return `  ${sentence}${saidBy === '' ? '' : ` [${saidBy}]`}\n${others}`;
}

/** One block for each step, in the order of the graph. */
function parametersText(parameters: readonly ParameterView[], leftOut: number): string {
  const lines = parameters.map((parameter, index) => {
    const { path, step } = parameter;
    const heading = parameters[index - 1]?.path === path ? '' : `${path}${path.endsWith(step) ? '' : ` (${step})`}\n`;
    return heading + parameterLines(parameter);
  });
  if (lines.length === 0) return '';
  return `\nHow parameters came about:\n${lines.join('')}${leftOut === 0 ? '' : `and ${leftOut} more\n`}`;
}

export function presentContext(result: unknown): string {
  const { fields, parameters, parametersLeftOut, runId, scopes } = z
    .object({
      runId: z.string(),
      scopes: z.array(z.string()),
      fields: z.array(fieldView),
      parameters: z.array(parameterView),
      parametersLeftOut: z.int(),
    })
    .parse(result);
  const made = parametersText(parameters, parametersLeftOut);
  const branches =
    scopes.length === 0 ? '' : `\nBranches with facts of their own: ${scopes.join(', ')} (grym show-context ${runId} <branch>)\n`;
  if (fields.length === 0) return `Nothing is known in the run ${runId}: none of its steps said a fact.\n${branches}${made}`;
  const rows = fields.map(({ field, value, rank, confidence, path, rule, alternatives }) => [
    field,
    valueText(value, 40),
    rank,
    number(confidence, 2),
    [path === '' ? 'the request' : path, rule === null ? '' : `rule ${rule}`].filter(Boolean).join(', '),
    alternatives.map((other) => `${valueText(other.value, 24)} (${other.rank}, ${other.because})`).join('; ') || '-',
  ]);
  return table(['FIELD', 'VALUE', 'RANK', 'SURE', 'SAID BY', 'INSTEAD OF'], rows) + branches + made;
}

export function presentContextItems(result: unknown): string {
  const { items, nextCursor } = z
    .object({
      items: z.array(
        z.object({
          runId: z.string(),
          workflow: z.string(),
          path: z.string(),
          field: z.string(),
          value: z.unknown(),
          rank: z.string(),
          tags: z.array(z.string()),
          atMs: z.number(),
        }),
      ),
      nextCursor: z.string().nullable(),
    })
    .parse(result);
  if (items.length === 0) return 'No fact fits.\n';
  const rows = items.map(({ runId, workflow, path, field, value, rank, tags, atMs }) => [
    runId,
    workflow,
    path === '' ? 'request' : path,
    field,
    valueText(value, 40),
    rank,
    ago(atMs),
    tags.join(', ') || '-',
  ]);
  const more = nextCursor === null ? '' : `There is more: --cursor ${nextCursor}\n`;
  return table(['RUN', 'WORKFLOW', 'SAID BY', 'FIELD', 'VALUE', 'RANK', 'WHEN', 'TAGS'], rows) + more;
}

export function presentRules(result: unknown): string {
  const { rules, mistakes } = z
    .object({
      rules: z.array(
        z.object({
          name: z.string(),
          origin: z.string(),
          reads: z.array(z.string()),
          sets: z.array(z.string()),
          hits: z.number(),
          help: z.string(),
        }),
      ),
      mistakes: z.array(z.string()),
    })
    .parse(result);
  const rows = rules.map(({ name, origin, reads, sets, hits, help }) => [
    name,
    origin,
    reads.join(', '),
    sets.join(', '),
    String(hits),
    help,
  ]);
  return table(['RULE', 'FROM', 'READS', 'SETS', 'USED', 'WHAT IT DOES'], rows) + mistakes.map((line) => `  ${line}\n`).join('');
}

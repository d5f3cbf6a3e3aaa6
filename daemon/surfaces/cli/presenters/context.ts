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

export function presentContext(result: unknown): string {
  const { fields, rules, runId, scopes } = z
    .object({
      runId: z.string(),
      scopes: z.array(z.string()),
      fields: z.array(fieldView),
      rules: z.array(z.object({ path: z.string(), field: z.string(), sentence: z.string() })),
    })
    .parse(result);
  const branches =
    scopes.length === 0 ? '' : `\nBranches with facts of their own: ${scopes.join(', ')} (grym show-context ${runId} <branch>)\n`;
  if (fields.length === 0) return `Nothing is known in the run ${runId}: none of its steps said a fact.\n${branches}`;
  const rows = fields.map(({ field, value, rank, confidence, path, rule, alternatives }) => [
    field,
    valueText(value, 40),
    rank,
    number(confidence, 2),
    [path === '' ? 'the request' : path, rule === null ? '' : `rule ${rule}`].filter(Boolean).join(', '),
    alternatives.map((other) => `${valueText(other.value, 24)} (${other.rank}, ${other.because})`).join('; ') || '-',
  ]);
  const why = rules.map(({ path, sentence }) => `  ${path}: ${sentence}\n`).join('');
  return (
    table(['FIELD', 'VALUE', 'RANK', 'SURE', 'SAID BY', 'INSTEAD OF'], rows) + (why === '' ? '' : `\nParameters that rules set:\n${why}`)
  );
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

import { z } from 'zod';
import { table } from '../table.js';
import { ago, shortHash } from './format.js';

export function presentRuns(result: unknown): string {
  const runView = z.object({
    runId: z.string(),
    state: z.string(),
    fraction: z.number(),
    stage: z.string(),
    clipHash: z.string().nullable(),
    submittedAtMs: z.number(),
    prompt: z.string(),
    error: z.object({ code: z.string() }).nullable(),
  });
  const { runs } = z.object({ runs: z.array(runView) }).parse(result);
  if (runs.length === 0) return 'No runs.\n';
  const rows = runs.map(({ runId, state, error, stage, clipHash, submittedAtMs, prompt }) => [
    runId,
    state,
    error?.code ?? (stage || '-'),
    clipHash === null ? '-' : shortHash(clipHash),
    ago(submittedAtMs),
    prompt.slice(0, 60),
  ]);
  return table(['RUN', 'STATE', 'STAGE', 'CLIP', 'ASKED', 'PROMPT'], rows);
}

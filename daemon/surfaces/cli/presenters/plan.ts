import { z } from 'zod';

const planView = z.object({
  document: z.string(),
  provider: z.string(),
  fallback: z.string().nullable(),
  reasons: z.array(z.string()),
});

/** It says so itself, among its reasons. */
const BUILT_IN = 'templates';

/** A workflow document, to be redirected into a file; what is to be said of it stands in comments. */
export function presentPlan(result: unknown): string {
  const { document, provider, fallback, reasons } = planView.parse(result);
  const by = fallback !== null ? [`Planned by ${provider}: ${fallback}`] : provider === BUILT_IN ? [] : [`Planned by ${provider}.`];
  const lines = [...by, ...reasons];
  return `${lines.map((line) => `# ${line.replaceAll(/\s+/g, ' ').trim()}\n`).join('')}${document.trimEnd()}\n`;
}

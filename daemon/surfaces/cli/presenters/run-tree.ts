import { z } from 'zod';
import { duration, shortened } from './format.js';

export const runStepView = z.object({
  path: z.string(),
  step: z.string(),
  state: z.string(),
  attempts: z.number(),
  milliseconds: z.number().nullable(),
  cachedFrom: z.string().nullable(),
  provider: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  note: z.string(),
});
type RunStepView = z.infer<typeof runStepView>;

const MARKS: Readonly<Record<string, string>> = {
  done: '✓',
  failed: '✗',
  skipped: '–',
  cancelled: '–',
  running: '▶',
  waiting: '?',
  queued: '·',
};

interface Branch {
  readonly name: string;
  step: RunStepView | null;
  readonly children: Map<string, Branch>;
}

/** The steps of a run, indented as the workflow nests them; each branch and each pass of a loop under its block. */
export function runTree(steps: readonly RunStepView[]): string {
  const root: Branch = { name: '', step: null, children: new Map() };
  for (const step of steps) {
    let branch = root;
    for (const name of segments(step.path)) {
      const next = branch.children.get(name) ?? { name, step: null, children: new Map<string, Branch>() };
      branch.children.set(name, next);
      branch = next;
    }
    branch.step = step;
  }
  const lines = [...root.children.values()].flatMap((branch) => linesOf(branch, 0));
  const width = Math.max(...lines.map(([left]) => left.length), 0);
  return lines.map(([left, right]) => `${`${left.padEnd(width)}  ${right}`.trimEnd()}\n`).join('');
}

/** `candidates[2]/fit` lies in branch 2 of the block `candidates`. */
function segments(path: string): string[] {
  return path.split('/').flatMap((part) => {
    const { name, index } = /^(?<name>[^[]+)(?<index>\[[^\]]*\])$/.exec(part)?.groups ?? {};
    return name === undefined || index === undefined ? [part] : [name, index];
  });
}

function linesOf(branch: Branch, depth: number): [string, string][] {
  const { step } = branch;
  const mark = step === null ? ' ' : (MARKS[step.state] ?? ' ');
  const own: [string, string] = [`${'  '.repeat(depth)}${mark} ${branch.name}`, step === null ? '' : factsOf(step)];
  return [own, ...[...branch.children.values()].flatMap((child) => linesOf(child, depth + 1))];
}

function factsOf({ step, state, attempts, milliseconds, cachedFrom, provider, error, note }: RunStepView): string {
  const parts = [
    step.padEnd(12),
    state.padEnd(8),
    cachedFrom !== null ? `from ${shortened(cachedFrom, 24)}` : milliseconds === null ? '' : duration(milliseconds),
    provider ?? '',
    attempts > 1 ? `${attempts} attempts` : '',
    error === null ? '' : error.code,
    error === null ? shortened(note, 80) : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

import { z } from 'zod';
import type { RunnerKind, RunnerModule } from './model-runner.js';

// By name, beside this file, and only when a host loads one: each brings an inference engine of its own.
const RUNNER_FILES: Readonly<Record<RunnerKind, string>> = {
  audioldm: '../audioldm/runner.js',
  wav2vec2: '../wav2vec2/runner.js',
  clap: '../clap/runner.js',
  llama: '../llama/runner.js',
};

const isRunner = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'load' in value && typeof value.load === 'function';
const runnerFileSchema = z.object({ runner: z.custom<RunnerModule>(isRunner, 'expected an object with a function load') });

/** `address`: of a module (file URL) that is taken in place of the kind's own. */
export async function importRunner(kind: RunnerKind, address: string | null): Promise<RunnerModule> {
  const loaded: unknown = await import(address ?? new URL(RUNNER_FILES[kind], import.meta.url).href);
  return runnerFileSchema.parse(loaded).runner;
}

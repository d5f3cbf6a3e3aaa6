import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { GrymError, type JsonObject } from '../../kernel/index.js';
import type { StepFacts } from '../definition/index.js';
import type { AnyStepDefinition } from './step-definition.js';

/** The steps there are, by name. */
export interface StepCatalogue {
  /** Sorted by name. */
  readonly steps: readonly AnyStepDefinition[];
  find(name: string): AnyStepDefinition | undefined;
  /** What workflow documents are checked against. */
  readonly facts: readonly StepFacts[];
}

const definitionSchema = z.looseObject({
  name: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
  help: z.string().min(1),
  version: z.int().min(1),
  deadlineMs: z.number().positive(),
  cacheable: z.boolean(),
  run: z.custom<unknown>((value) => typeof value === 'function'),
});

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonObject;
}

export function createStepCatalogue(definitions: readonly AnyStepDefinition[]): StepCatalogue {
  const steps = [...definitions].sort((a, b) => (a.name < b.name ? -1 : 1));
  const byName = new Map(steps.map((step) => [step.name, step]));
  if (byName.size !== steps.length) {
    const twice = steps.find((step, index) => steps[index + 1]?.name === step.name);
    throw new GrymError('GRYM_INTERNAL', { reason: `two steps are called "${String(twice?.name)}"` });
  }
  let facts: readonly StepFacts[] | undefined;
  return {
    steps,
    find: (name) => byName.get(name),
    get facts() {
      facts ??= steps.map(({ name, help, capability, input, output }) => ({
        ...{ name, help, capability },
        input: schemaOf(input, 'input'),
        output: schemaOf(output, 'output'),
      }));
      return facts;
    },
  };
}

/** The folder of the built-in steps, from sources and from build/js alike. */
export const BUILT_IN_STEPS = join(dirname(dirname(fileURLToPath(import.meta.url))), 'steps');

/** Files of a folder that are steps: one each, named as the step. Tests, declarations and source maps are none. */
function stepFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(?!index\.)[a-z0-9-]+\.[jt]s$/.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}

/** Loads the step of each file of the folders. Being there is all the registration a step needs. */
export async function discoverSteps(folders: readonly string[] = [BUILT_IN_STEPS]): Promise<StepCatalogue> {
  const definitions: AnyStepDefinition[] = [];
  for (const folder of folders) {
    for (const file of stepFiles(folder)) {
      const loaded = (await import(pathToFileURL(join(folder, file)).href)) as { default?: unknown };
      const parsed = definitionSchema.safeParse(loaded.default);
      const name = basename(file).replace(/\.[jt]s$/, '');
      if (!parsed.success) throw new GrymError('GRYM_INTERNAL', { reason: `${file} holds no step: ${parsed.error.message}` });
      if (parsed.data.name !== name) throw new GrymError('GRYM_INTERNAL', { reason: `${file} holds the step "${parsed.data.name}"` });
      definitions.push(loaded.default as AnyStepDefinition);
    }
  }
  return createStepCatalogue(definitions);
}

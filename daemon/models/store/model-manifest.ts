import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, systemCodeOf } from '../../kernel/index.js';
import { RUNNER_KINDS } from '../hosts/model-runner.js';
import { modelIdSchema, relativePathSchema } from './file-names.js';
import { MODEL_ROLES, type InstalledModel } from './installed-model.js';

export const MANIFEST_NAME = 'grym-model.json';

const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);

export const modelFileSchema = z.strictObject({ path: relativePathSchema, bytes: z.int().min(0), sha256: sha256Text });
export type ModelFile = z.infer<typeof modelFileSchema>;

const sourceSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hub'), address: z.string(), repository: z.string(), commit: z.string() }),
  z.strictObject({ type: z.literal('added'), path: z.string() }),
]);

/** `grym-model.json`: written last, so that where it stands everything else does. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  id: modelIdSchema,
  title: z.string().min(1).max(200),
  kind: z.enum(RUNNER_KINDS),
  roles: z.array(z.enum(MODEL_ROLES)).min(1),
  licence: z.strictObject({
    /** SPDX or name; empty where whoever added it named none. */
    name: z.string().max(100),
    /** Null where nobody was asked: a folder of the user's own. */
    acceptedAtMs: z.number().nullable(),
  }),
  source: sourceSchema,
  memoryBytes: z.int().positive(),
  installedAtMs: z.number(),
  files: z.array(modelFileSchema).min(1).max(2_000),
});
export type ModelManifest = z.infer<typeof manifestSchema>;

/** Of the content alone: the same files are the same version, wherever they came from. */
export function versionOf(files: readonly ModelFile[]): string {
  const lines = files.map(({ path, sha256 }) => `${path}\n${sha256}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 16);
}

/** The manifest in a folder; a sentence where there is none that can be used. */
export function readManifest(folder: string): ModelManifest | string {
  let text: string;
  try {
    text = readFileSync(join(folder, MANIFEST_NAME), 'utf8');
  } catch (error) {
    return systemCodeOf(error) === 'ENOENT' ? `${MANIFEST_NAME} is missing` : `${MANIFEST_NAME} cannot be read (${messageOf(error)})`;
  }
  try {
    const outcome = manifestSchema.safeParse(JSON.parse(text));
    if (outcome.success) return outcome.data;
    return `${MANIFEST_NAME} is not as it was written (${z.prettifyError(outcome.error).replaceAll(/\s+/g, ' ').slice(0, 300)})`;
  } catch {
    return `${MANIFEST_NAME} is not JSON`;
  }
}

/** Whether each file is there with its size: cheap enough for every list. A sentence about the first that is not, else null. */
export function sizeProblem(folder: string, files: readonly ModelFile[]): string | null {
  for (const { path, bytes } of files) {
    const found = lstatSync(join(folder, path), { throwIfNoEntry: false });
    if (found === undefined) return `${path} is missing`;
    if (!found.isFile()) return `${path} is not a plain file`;
    if (found.size !== bytes) return `${path} has ${found.size} bytes, and ${bytes} were installed`;
  }
  return null;
}

export function installedModel(folder: string, manifest: ModelManifest): InstalledModel {
  const { id, title, kind, roles, licence, memoryBytes, files } = manifest;
  const weights = files.find(({ path }) => path.endsWith('.gguf'));
  const path = kind === 'llama' && weights !== undefined ? join(folder, weights.path) : folder;
  return { id, title, kind, roles, licence: licence.name, path, memoryBytes, version: versionOf(files) };
}

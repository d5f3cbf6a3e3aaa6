import { z } from 'zod';

/** Names of models: folders and words on the command line. */
export const modelIdSchema = z
  .string()
  .max(80)
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, 'a name of small letters, digits, dots and dashes, such as clap-htsat-unfused');

/** Names of what provides something without an installed model: a model of such a name would stand in its place. */
export const RESERVED_MODEL_IDS: readonly string[] = [
  ...['procedural', 'templates', 'descriptors', 'workshop', 'bridge'],
  ...['openai-compatible', 'listener-server'],
];

/** Why a model may not have this name; null where it may. */
export function reservedIdProblem(id: string): string | null {
  if (!RESERVED_MODEL_IDS.includes(id)) return null;
  return `the name ${id} is taken by grym-synth itself, as are ${RESERVED_MODEL_IDS.filter((name) => name !== id).join(', ')}`;
}

const MAXIMUM_PATH_CHARACTERS = 300;

/** Why a path inside a model is refused; null where it is fine. Paths come from manifests and from servers: neither is trusted. */
export function pathProblem(path: string): string | null {
  if (path.length === 0 || path.length > MAXIMUM_PATH_CHARACTERS) return 'it is empty or too long';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'it is not relative';
  // Backslashes are separators elsewhere; control characters have no business in a file's name.
  if (path.includes('\\') || /\p{Cc}/u.test(path)) return 'it holds a character that no name of a model’s file has';
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'it leads out of the folder';
  if (parts.some((part) => part.startsWith('.'))) return 'it is hidden';
  return null;
}

/** Below the model's folder, with slashes. */
export const relativePathSchema = z.string().superRefine((path, context) => {
  const problem = pathProblem(path);
  if (problem !== null) context.addIssue({ code: 'custom', message: `a path inside the model’s folder, but ${problem}` });
});

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { findPackageRoot, GrymError, messageOf, systemCodeOf } from '../../kernel/index.js';
import type { LibraryEntry, LibraryFolders, WorkflowLibrary } from './documents.js';
import { catalogueFacts } from './facts-of.js';
import type { CatalogueFacts, StepFacts, WorkflowSource } from './facts.js';
import type { Mistake } from './mistake.js';
import { MAXIMUM_DOCUMENT_CHARACTERS } from './reader/parse-yaml.js';
import { readWorkflow } from './reader/read-workflow.js';

/** The folder of the built-in workflows, from sources and from build/js alike. */
export const builtInWorkflowFolder = (): string => join(findPackageRoot(), 'daemon', 'workflow', 'library');

interface Found extends WorkflowSource {
  /** From the file's name. */
  readonly name: string;
  readonly origin: LibraryEntry['origin'];
}

function filesOf(folder: string, origin: LibraryEntry['origin']): Found[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (origin === 'user' && systemCodeOf(error) === 'ENOENT') return [];
    throw new GrymError('GRYM_WORKFLOW_FILE_UNREADABLE', { path: folder, reason: messageOf(error) }, { cause: error });
  }
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  return files.map((file) => fileOf(join(folder, file), origin));
}

/** Of a file that is too long for a workflow no more is read than tells that. */
function readStart(fileName: string): string {
  const bytes = Buffer.alloc(4 * MAXIMUM_DOCUMENT_CHARACTERS + 4);
  const file = openSync(fileName, 'r');
  try {
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0) return bytes.toString('utf8', 0, length);
    }
  } finally {
    closeSync(file);
  }
}

function fileOf(fileName: string, origin: LibraryEntry['origin']): Found {
  try {
    return { name: basename(fileName).replace(/\.ya?ml$/, ''), fileName, text: readStart(fileName), origin };
  } catch (error) {
    throw new GrymError('GRYM_WORKFLOW_FILE_UNREADABLE', { path: fileName, reason: messageOf(error) }, { cause: error });
  }
}

/** A mistake of the file as a whole: its place is the document's name. */
function mistakeOfName(found: Found, problem: Pick<Mistake, 'expected' | 'got' | 'suggestion' | 'message'>): Mistake {
  const lines = found.text.split('\n');
  const line = lines.findIndex((text) => text.startsWith('workflow:'));
  const column = line === -1 ? 1 : (/^workflow:\s*/.exec(lines[line] ?? '')?.[0].length ?? 0) + 1;
  const length = Math.max(1, (lines[line] ?? '').trimEnd().length - column + 1);
  return { file: found.fileName, line: line + 1 || 1, column, length, where: 'workflow', ...problem };
}

function entryOf(found: Found, facts: CatalogueFacts, builtIn: ReadonlySet<string>): LibraryEntry {
  const { compiled, mistakes } = readWorkflow(found.text, found.fileName, facts);
  const body = compiled?.bodies[0];
  const wrong: Mistake[] = [...mistakes];
  if (body !== undefined && body.name !== found.name) {
    const message = `workflow: The name is not the file's name: expected ${found.name}, got ${body.name}. Did you mean "${found.name}"?`;
    wrong.push(mistakeOfName(found, { expected: found.name, got: body.name, suggestion: found.name, message }));
  }
  if (found.origin === 'user' && builtIn.has(found.name)) {
    const suggestion = `my-${found.name}`;
    const message = `workflow: There is a built-in workflow of this name: expected another name, got ${found.name}. Did you mean "${suggestion}"?`;
    wrong.push(mistakeOfName(found, { expected: 'another name', got: found.name, suggestion, message }));
  }
  const { name, fileName, text, origin } = found;
  const stated = { title: compiled?.title ?? name, help: compiled?.help ?? '', inputs: body?.inputs ?? {} };
  return { name, fileName, text, origin, ...stated, compiled: wrong.length === 0 ? compiled : null, mistakes: wrong };
}

const byNameThenOrigin = (one: LibraryEntry, other: LibraryEntry): number => {
  if (one.name === other.name) return one.origin < other.origin ? -1 : 1;
  return one.name < other.name ? -1 : 1;
};

function libraryOf(own: readonly Found[], users: readonly Found[], steps: readonly StepFacts[]): WorkflowLibrary {
  const builtIn = new Set(own.map(({ name }) => name));
  const usable = [...users.filter(({ name }) => !builtIn.has(name)), ...own];
  const facts = catalogueFacts(steps, new Map(usable.map((found) => [found.name, found])));
  const entries = [...own, ...users].map((found) => entryOf(found, facts, builtIn)).sort(byNameThenOrigin);
  const byName = new Map(
    entries.filter(({ name, origin }) => origin === 'built-in' || !builtIn.has(name)).map((entry) => [entry.name, entry]),
  );
  return { entries, facts, find: (name) => byName.get(name) };
}

/**
 * Reads all workflows of the folders. One with mistakes is an entry that cannot be run. A user's file with a built-in's name
 * is such an entry, beside the built-in, which keeps its name.
 */
export function loadWorkflowLibrary(folders: LibraryFolders, steps: readonly StepFacts[]): WorkflowLibrary {
  return libraryOf(filesOf(folders.builtIn, 'built-in'), folders.user === null ? [] : filesOf(folders.user, 'user'), steps);
}

/** Checks files as entries of the library, each seen with the library and the other files; in the order that they are named. */
export function checkWorkflowFiles(
  paths: readonly string[],
  folders: LibraryFolders,
  steps: readonly StepFacts[],
): readonly LibraryEntry[] {
  const named = paths.map((path) => {
    const inside = dirname(resolve(path)) === resolve(folders.builtIn);
    return fileOf(path, inside ? 'built-in' : 'user');
  });
  const given = new Set(named.map(({ name }) => name));
  const own = filesOf(folders.builtIn, 'built-in').filter(
    ({ name }) => !named.some((file) => file.name === name && file.origin === 'built-in'),
  );
  const users = (folders.user === null ? [] : filesOf(folders.user, 'user')).filter(({ name }) => !given.has(name));
  const isOwn = ({ origin }: Found): boolean => origin === 'built-in';
  const { entries } = libraryOf([...own, ...named.filter(isOwn)], [...users, ...named.filter((file) => !isOwn(file))], steps);
  return paths.flatMap((path) => entries.filter(({ fileName }) => fileName === path).slice(0, 1));
}

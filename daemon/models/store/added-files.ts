import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { GrymError, messageOf, systemCodeOf } from '../../kernel/index.js';
import { pathProblem, relativePathSchema } from './file-names.js';
import { MANIFEST_NAME } from './model-manifest.js';

/** What scripts/models writes beside the graphs that it makes. */
export const EXPORT_MANIFEST_NAME = 'grym-export.json';

const MAXIMUM_FILES = 2_000;
const MAXIMUM_DEPTH = 8;
/** Tensors of PyTorch for `npm run parity`: no part of the model. */
const LEFT_OUT_FOLDERS: ReadonlySet<string> = new Set(['reference']);
/** Weights in other forms (safetensors, pickles) are never read here, and can be as large as the graphs. */
const WANTED = /(\.(onnx|onnx_data|onnx\.data|json|txt|model|gguf)|^(licen[cs]e|readme|notice)(\.\w+)?)$/i;

/** A file that is to be installed. */
export interface FoundFile {
  /** In the model's folder, with slashes. */
  readonly path: string;
  /** Where it lies now. */
  readonly from: string;
  readonly bytes: number;
  /** What the exporter wrote down; null where nobody did. */
  readonly sha256: string | null;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** What is not installed. */
  readonly leftOut: readonly string[];
  /** As the exporter wrote it down; empty where it did not make the folder. */
  readonly licence: string;
}

const exportManifestSchema = z.looseObject({
  format: z.literal(1),
  licence: z.string().max(100).optional(),
  files: z
    .array(z.looseObject({ path: relativePathSchema, sizeBytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .max(MAXIMUM_FILES),
});
type ExportManifest = z.infer<typeof exportManifestSchema>;

function invalid(path: string, reason: string): GrymError {
  return new GrymError('GRYM_MODEL_FOLDER_INVALID', { path, reason });
}

/** The files of a folder, or the one GGUF file. Throws GRYM_MODEL_FOLDER_INVALID. */
export async function findFiles(path: string): Promise<FoundFiles> {
  const found = await lstat(path).catch((error: unknown) => {
    throw invalid(path, systemCodeOf(error) === 'ENOENT' ? 'nothing is there' : messageOf(error));
  });
  if (found.isSymbolicLink()) throw invalid(path, 'it is a symbolic link: name what it leads to');
  if (found.isDirectory()) return findInFolder(path);
  if (!found.isFile() || !(await isGguf(path))) throw invalid(path, 'a single file must be a GGUF file; other models are folders');
  const name = basename(path);
  const file = name.toLowerCase().endsWith('.gguf') && pathProblem(name) === null ? name : 'model.gguf';
  return { files: [{ path: file, from: path, bytes: found.size, sha256: null }], leftOut: [], licence: '' };
}

async function isGguf(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 3 }) as AsyncIterable<Buffer>) return chunk.toString('latin1') === 'GGUF';
  return false;
}

async function findInFolder(folder: string): Promise<FoundFiles> {
  const files: FoundFile[] = [];
  const leftOut: string[] = [];
  await walk(folder, '', files, leftOut);
  const manifest = await readExportManifest(folder);
  if (manifest === null) return { files: sorted(files), leftOut, licence: '' };
  return {
    files: sorted(files.map((file) => withHash(file, manifest))),
    leftOut,
    licence: missingChecked(folder, files, manifest).licence ?? '',
  };
}

function sorted(files: readonly FoundFile[]): FoundFile[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(folder: string, below: string, files: FoundFile[], leftOut: string[]): Promise<void> {
  if (below.split('/').length > MAXIMUM_DEPTH) throw invalid(folder, `its folders are more than ${MAXIMUM_DEPTH} deep`);
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.name.startsWith('.') || path === MANIFEST_NAME || LEFT_OUT_FOLDERS.has(path)) {
      leftOut.push(path);
      continue;
    }
    if (entry.isSymbolicLink())
      throw invalid(join(folder, path), 'it is a symbolic link: copy the folder with cp -rL first, and add the copy');
    if (entry.isDirectory()) await walk(folder, path, files, leftOut);
    else if (entry.isFile() && WANTED.test(entry.name)) await take(folder, path, files);
    else leftOut.push(path);
    if (files.length > MAXIMUM_FILES) throw invalid(folder, `it holds more than ${MAXIMUM_FILES} files`);
  }
}

async function take(folder: string, path: string, files: FoundFile[]): Promise<void> {
  const problem = pathProblem(path);
  const from = join(folder, path);
  if (problem !== null) throw invalid(from, `its name cannot be kept: ${problem}`);
  files.push({ path, from, bytes: (await lstat(from)).size, sha256: null });
}

async function readExportManifest(folder: string): Promise<ExportManifest | null> {
  const path = join(folder, EXPORT_MANIFEST_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return exportManifestSchema.parse(JSON.parse(text));
  } catch {
    throw invalid(path, 'it is not what the exporter writes');
  }
}

/** Sizes at once; hashes are compared while the file is copied. */
function withHash(file: FoundFile, { files }: ExportManifest): FoundFile {
  const stated = files.find(({ path }) => path === file.path);
  if (stated === undefined) return file;
  if (stated.sizeBytes !== file.bytes) {
    throw invalid(file.from, `it has ${file.bytes} bytes, and the exporter wrote ${stated.sizeBytes}`);
  }
  return { ...file, sha256: stated.sha256 };
}

function missingChecked(folder: string, files: readonly FoundFile[], manifest: ExportManifest): ExportManifest {
  const there = new Set(files.map(({ path }) => path));
  const missing = manifest.files
    .map(({ path }) => path)
    .filter((path) => !there.has(path) && WANTED.test(basename(path)) && !path.startsWith('reference/'));
  if (missing.length > 0)
    throw invalid(
      folder,
      `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; the exporter wrote ${missing.length === 1 ? 'it' : 'them'}`,
    );
  return manifest;
}

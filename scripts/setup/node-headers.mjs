// The SQLite driver is compiled against the C++ headers of the Node that runs it. Where they are is settled here, so that node-gyp
// downloads nothing on a machine that has them.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { SetupError } from './project.mjs';

const REACH_TIMEOUT_MILLISECONDS = 10_000;

/** The version that a folder's include/node/node_version.h states, or null where there is none. @param {string} folder @returns {string | null} */
export function headerVersion(folder) {
  const file = join(folder, 'include', 'node', 'node_version.h');
  if (!existsSync(file)) return null;
  const text = readFileSync(file, 'utf8');
  const number = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  return [number('MAJOR'), number('MINOR'), number('PATCH')].join('.');
}

/**
 * The folder to hand to node-gyp as nodedir, or null where none has headers of this very version.
 * npm's own setting comes first, then Node's prefix, then what node-gyp fetched at an earlier time.
 * @param {{ setting: string | undefined, execPath?: string, version?: string, cache?: string }} places
 * @returns {string | null}
 */
export function findHeaders({
  setting,
  execPath = process.execPath,
  version = process.versions.node,
  cache = join(homedir(), '.cache', 'node-gyp'),
}) {
  const candidates = [setting, dirname(dirname(execPath)), join(cache, version)];
  return candidates.find((folder) => folder && headerVersion(folder) === version) ?? null;
}

export function missingHeadersMessage({ execPath = process.execPath, version = process.versions.node } = {}) {
  return (
    `The C++ headers of Node ${version} are needed to build the SQLite driver and are not here: ` +
    `${join(dirname(dirname(execPath)), 'include', 'node')} does not have them, and Node's own site cannot be reached. ` +
    `Either install Node ${version} from a package that brings its headers, or unpack node-v${version}-headers.tar.gz anywhere and ` +
    'run `npm config set nodedir FOLDER`, then start again.'
  );
}

/** Whether node-gyp could fetch the headers itself; answered within ten seconds, where node-gyp alone may hang for minutes. */
async function canFetchHeaders() {
  const url = process.release.headersUrl;
  if (!url) return false;
  try {
    return (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(REACH_TIMEOUT_MILLISECONDS) })).ok;
  } catch {
    return false;
  }
}

/** nodedir for node-gyp; undefined where node-gyp is to fetch the headers itself. */
export async function headersFolder(setting) {
  const folder = findHeaders({ setting });
  if (folder) return folder;
  if (await canFetchHeaders()) return undefined;
  throw new SetupError(missingHeadersMessage());
}

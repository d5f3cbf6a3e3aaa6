// The plugin's bundles and where a user's hosts look for them.
import { cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { inProject, SetupError } from './project.mjs';
import { digest, listFiles } from './stamps.mjs';

const BUNDLES = [
  { format: 'LV2', file: 'grym-bridge.lv2', built: 'lv2', installed: '.lv2' },
  { format: 'VST3', file: 'grym-bridge.vst3', built: 'vst3', installed: '.vst3' },
  { format: 'VST3', file: 'grym-bridge-instrument.vst3', built: 'vst3', installed: '.vst3' },
  { format: 'CLAP', file: 'grym-bridge.clap', built: 'clap', installed: '.clap' },
];

/** @returns {{ format: string, source: string, destination: string }[]} */
export function bundlesFor(home, built = inProject('build', 'plugins')) {
  return BUNDLES.map(({ format, file, ...folders }) => ({
    format,
    source: join(built, folders.built, file),
    destination: join(home, folders.installed, file),
  }));
}

const contentOf = (path) => digest(dirname(path), listFiles(dirname(path), [basename(path)]));
const isThere = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

export function stateOf({ source, destination }) {
  if (!isThere(destination)) return 'absent';
  return existsSync(source) && contentOf(source) === contentOf(destination) ? 'current' : 'different';
}

/** Copies beside the destination and renames: a host that scans meanwhile sees the old bundle or the new one, never half of one. */
function replaceBundle(source, destination) {
  const folder = dirname(destination);
  // A leading dot and a foreign suffix keep the two away from plugin scanners.
  const fresh = join(folder, `.${basename(destination)}.${process.pid}.new`);
  const old = join(folder, `.${basename(destination)}.${process.pid}.old`);
  mkdirSync(folder, { recursive: true });
  for (const path of [fresh, old]) rmSync(path, { recursive: true, force: true });
  cpSync(source, fresh, { recursive: true, preserveTimestamps: false });
  if (isThere(destination)) renameSync(destination, old);
  renameSync(fresh, destination);
  rmSync(old, { recursive: true, force: true });
}

const explain = (bundle, error) =>
  new SetupError(
    `${bundle.destination} could not be written (${error.code ?? error.message}): check the folder's owner and free disk space.`,
  );

/** @returns {'installed' | 'updated' | 'unchanged'} what was done, or would be. */
export function installBundle(bundle, { dryRun = false } = {}) {
  if (!existsSync(bundle.source)) throw new SetupError(`${bundle.source} is not built: run npm run build.`);
  try {
    const state = stateOf(bundle);
    if (state === 'current') return 'unchanged';
    if (!dryRun) replaceBundle(bundle.source, bundle.destination);
    return state === 'absent' ? 'installed' : 'updated';
  } catch (error) {
    throw explain(bundle, error);
  }
}

/** @returns {'removed' | 'absent'} what was done, or would be. */
export function uninstallBundle(bundle, { dryRun = false } = {}) {
  if (!isThere(bundle.destination)) return 'absent';
  try {
    if (!dryRun) rmSync(bundle.destination, { recursive: true });
  } catch (error) {
    throw explain(bundle, error);
  }
  return 'removed';
}

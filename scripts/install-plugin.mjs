#!/usr/bin/env node
// npm run install-plugin: puts the plugin's bundles where this user's hosts look for them.
import './setup/require-node.mjs';

const HELP = `usage: npm run install-plugin -- [--uninstall] [--dry-run] [--json]

  Copies the plugin into ~/.lv2, ~/.vst3 and ~/.clap, after building it where that is needed.

  --uninstall  removes it from there
  --dry-run    says what would be done
  --json       says it as one JSON object on standard output`;

const { homedir } = await import('node:os');
const { ensureSetUp, reportingProblems } = await import('./setup/ensure.mjs');
const { bundlesFor, installBundle, uninstallBundle } = await import('./setup/plugin-bundles.mjs');
const { EXIT } = await import('./setup/project.mjs');

const OPTIONS = ['--uninstall', '--dry-run', '--json'];

async function main(options) {
  const uninstall = options.has('--uninstall');
  const dryRun = options.has('--dry-run');
  if (!uninstall && !dryRun) await ensureSetUp();
  const bundles = bundlesFor(homedir()).map((bundle) => ({
    ...bundle,
    result: uninstall ? uninstallBundle(bundle, { dryRun }) : installBundle(bundle, { dryRun }),
  }));
  if (options.has('--json')) return console.log(JSON.stringify({ action: uninstall ? 'uninstall' : 'install', dryRun, bundles }));
  for (const { format, destination, result } of bundles) console.log(`${format.padEnd(5)} ${result.padEnd(10)} ${destination}`);
  if (dryRun) console.log('Nothing was changed (--dry-run).');
  else if (!uninstall) console.log('Let your DAW scan for new plugins; the bridge is called "GrymBridge".');
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(HELP);
} else if (args.some((argument) => !OPTIONS.includes(argument))) {
  console.error(HELP);
  process.exitCode = EXIT.usage;
} else {
  await reportingProblems(() => main(new Set(args)));
}

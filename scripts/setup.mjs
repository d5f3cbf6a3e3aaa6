#!/usr/bin/env node
// npm run build: installs and builds what is missing, and nothing else.
import './setup/require-node.mjs';

const HELP = `usage: npm run build -- [--tests] [--plan] [part...]

  --tests  also the packages that only the tests need
  --plan   say what is missing, and do nothing
  part     only these of: npm, npm-tests, sqlite, native, plugin, daemon (no system packages)`;

async function main(args) {
  const { describePlan, ensureSetUp, isEmpty, makePlan, reportingProblems } = await import('./setup/ensure.mjs');
  const { parts } = await import('./setup/parts.mjs');
  const { EXIT } = await import('./setup/project.mjs');
  if (args.includes('--help')) return console.log(HELP);
  const names = args.filter((argument) => !argument.startsWith('--'));
  const unknown =
    args.find((argument) => argument.startsWith('--') && argument !== '--tests' && argument !== '--plan') ??
    names.find((name) => !parts.some((part) => part.name === name));
  if (unknown) {
    console.error(`unknown option or part: ${unknown}\n${HELP}`);
    process.exitCode = EXIT.usage;
    return;
  }
  const wish = { tests: args.includes('--tests'), ...(names.length > 0 && { only: names }) };
  await reportingProblems(async () => {
    if (!args.includes('--plan')) return ensureSetUp(wish);
    const plan = makePlan(wish);
    console.log(isEmpty(plan) ? 'Everything is up to date.' : describePlan(plan).join('\n'));
  });
}

await main(process.argv.slice(2));

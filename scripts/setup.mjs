#!/usr/bin/env node
// npm run build: installs and builds what is missing, and nothing else.
import './setup/require-node.mjs';

const HELP = `usage: npm run build -- [--tests] [--plan]

  --tests  also the packages that only the tests need
  --plan   say what is missing, and do nothing`;

async function main(args) {
  const { describePlan, ensureSetUp, makePlan, reportingProblems } = await import('./setup/ensure.mjs');
  const { EXIT } = await import('./setup/project.mjs');
  if (args.includes('--help')) return console.log(HELP);
  const unknown = args.find((argument) => argument !== '--tests' && argument !== '--plan');
  if (unknown) {
    console.error(`unknown option ${unknown}\n${HELP}`);
    process.exitCode = EXIT.usage;
    return;
  }
  const tests = args.includes('--tests');
  await reportingProblems(async () => {
    if (!args.includes('--plan')) return ensureSetUp({ tests });
    const plan = makePlan({ tests });
    const upToDate = plan.packages.length + plan.parts.length === 0;
    console.log(upToDate ? 'Everything is up to date.' : describePlan(plan).join('\n'));
  });
}

await main(process.argv.slice(2));

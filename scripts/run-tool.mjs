#!/usr/bin/env node
// node scripts/run-tool.mjs [--program NAME]... FILE.ts... [ARGUMENT...]: sets up what the tests need, builds the named C++ test programs,
// and runs TypeScript programs one after the other. For the npm scripts of campaigns, benches and generators. npm puts what the user
// wrote behind the command, so everything from the first word that is neither a program nor a .ts file goes to the last file.
import './setup/require-node.mjs';

const { ensureSetUp, reportingProblems } = await import('./setup/ensure.mjs');
const { EXIT, inProject } = await import('./setup/project.mjs');
const { buildProgram } = await import('./testing/cpp-tests.mjs');
const { runVisibly } = await import('./testing/run.mjs');

function parse(words) {
  const programs = [];
  const files = [];
  while (words[0] === '--program' || words[0]?.endsWith('.ts')) {
    const word = words.shift();
    if (word === '--program') programs.push(words.shift());
    else files.push(word);
  }
  return { programs, files, rest: words };
}

const { programs, files, rest } = parse(process.argv.slice(2));
if (files.length === 0) {
  console.error('usage: node scripts/run-tool.mjs [--program NAME]... FILE.ts... [ARGUMENT...]');
  process.exitCode = EXIT.usage;
} else {
  await reportingProblems(async () => {
    await ensureSetUp({ tests: true });
    for (const program of programs) await buildProgram(program);
    for (const [index, file] of files.entries()) {
      const args = index === files.length - 1 ? rest : [];
      process.exitCode = await runVisibly(process.execPath, ['--import', 'tsx', inProject(file), ...args]);
      if (process.exitCode !== 0) return;
    }
  });
}

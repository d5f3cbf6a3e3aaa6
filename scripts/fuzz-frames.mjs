#!/usr/bin/env node
// npm run fuzz:frames -- [--frames N] [--seed S]: mutated WebSocket frames against the codecs of both languages and a running daemon.
import './setup/require-node.mjs';

const { parseArgs } = await import('node:util');
const { ensureSetUp, reportingProblems } = await import('./setup/ensure.mjs');
const { EXIT, inProject } = await import('./setup/project.mjs');
const { buildProgram } = await import('./testing/cpp-tests.mjs');
const { runVisibly } = await import('./testing/run.mjs');

const wholeNumber = /^\d{1,9}$/;
const options = { frames: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } };

/** Null where the words make no sense. */
function parse() {
  try {
    const { frames, seed } = parseArgs({ options }).values;
    return wholeNumber.test(frames) && wholeNumber.test(seed) ? { frames, seed } : null;
  } catch {
    return null;
  }
}

const wish = parse();
if (wish === null) {
  console.error('usage: npm run fuzz:frames -- [--frames N] [--seed S], both whole numbers');
  process.exitCode = EXIT.usage;
} else {
  await reportingProblems(async () => {
    await ensureSetUp({ tests: true });
    await buildProgram('protocol_judge');
    const env = { ...process.env, GRYM_FUZZ_FRAMES: wish.frames, GRYM_FUZZ_SEED: wish.seed };
    const jest = [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      inProject('node_modules', 'jest', 'bin', 'jest.js'),
    ];
    const options = ['--runInBand', '--testTimeout', '3600000', 'test/faults/.*frames'];
    process.exitCode = await runVisibly(process.execPath, [...jest, ...options], { env });
  });
}

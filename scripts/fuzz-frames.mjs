#!/usr/bin/env node
// npm run fuzz:frames -- [--frames N] [--seed S]: mutated WebSocket frames against the codecs of both languages and a running daemon.
import './setup/require-node.mjs';

const { parseArgs } = await import('node:util');
const { ensureSetUp } = await import('./setup/ensure.mjs');
const { EXIT, inProject } = await import('./setup/project.mjs');
const { buildProgram } = await import('./testing/cpp-tests.mjs');
const { runVisibly } = await import('./testing/run.mjs');

const wholeNumber = /^\d{1,9}$/;
const options = { frames: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } };

try {
  const { frames, seed } = parseArgs({ options }).values;
  if (!wholeNumber.test(frames) || !wholeNumber.test(seed)) throw new Error('--frames and --seed take whole numbers');
  await ensureSetUp({ tests: true });
  await buildProgram('protocol_judge');
  const env = { ...process.env, GRYM_FUZZ_FRAMES: frames, GRYM_FUZZ_SEED: seed };
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', inProject('node_modules', 'jest', 'bin', 'jest.js')];
  process.exitCode = await runVisibly(process.execPath, [...jest, '--runInBand', '--testTimeout', '3600000', 'test/faults/.*frames'], {
    env,
  });
} catch (error) {
  console.error(`usage: npm run fuzz:frames -- [--frames N] [--seed S]\n${error.message}`);
  process.exitCode = EXIT.usage;
}

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resultOf, runPython, startPython } from './run-python.js';

let folder: string;
let target: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'grym-staging-'));
  target = join(folder, 'model');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file into the staged folder, then does `then`. */
const program = (then: string): string =>
  [
    'import pathlib, signal, sys',
    'from grym_export.staging import staged_folder',
    'with staged_folder(pathlib.Path(sys.argv[1])) as folder:',
    '    (folder / "unet").mkdir()',
    '    (folder / "unet" / "model.onnx").write_text("graph")',
    `    ${then}`,
  ].join('\n');

/** Until it says that it waits. */
const waiting = (child: ChildProcess): Promise<void> => new Promise((settle) => child.stdout?.once('data', () => settle()));
const WAIT = 'print("waiting", flush=True); signal.pause()';

test('a block that ends well leaves the folder under its name, and nothing else', async () => {
  const { exitCode, errors } = await runPython('-c', program('pass'), target);
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
  expect(readdirSync(folder)).toEqual(['model']);
  expect(readFileSync(join(target, 'unet/model.onnx'), 'utf8')).toBe('graph');
});

test('an error in it leaves nothing', async () => {
  const { exitCode } = await runPython('-c', program('raise ValueError("beyond the tolerance")'), target);
  expect(exitCode).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s in the middle leaves nothing', async (signal) => {
  const child = startPython(['-c', program(WAIT), target]);
  const result = resultOf(child);
  await waiting(child);
  expect(readdirSync(folder)).toHaveLength(1);
  child.kill(signal);
  await result;
  expect(readdirSync(folder)).toEqual([]);
});

test('SIGKILL in the middle leaves no folder of that name', async () => {
  const child = startPython(['-c', program(WAIT), target]);
  const result = resultOf(child);
  await waiting(child);
  child.kill('SIGKILL');
  expect((await result).signal).toBe('SIGKILL');
  expect(existsSync(target)).toBe(false);
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.model\.partial-/)]);
});

test('what is there already is never written over', async () => {
  mkdirSync(target);
  writeFileSync(join(target, 'mine'), 'kept');
  const { exitCode, errors } = await runPython('-c', program('pass'), target);
  expect(exitCode).toBe(1);
  expect(errors).toContain(`${target} exists already`);
  expect(readdirSync(folder)).toEqual(['model']);
  expect(readFileSync(join(target, 'mine'), 'utf8')).toBe('kept');
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runExporter, runPython } from './run-python.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'grym-exporter-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the sources', () => {
  test('every file is Python that compiles', async () => {
    const program = [
      'import pathlib, sys',
      'files = sorted(pathlib.Path(sys.argv[1]).rglob("*.py"))',
      'for file in files: compile(file.read_text(encoding="utf-8"), str(file), "exec")',
      'print(len(files))',
    ].join('\n');
    const { exitCode, output, errors } = await runPython('-c', program, 'scripts/models');
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    expect(Number(output)).toBeGreaterThan(20);
  });

  test('the one command by uvx is a script of the package, and every version is pinned', async () => {
    const program = [
      'import json, pathlib, tomllib',
      'print(json.dumps(tomllib.loads(pathlib.Path("scripts/models/pyproject.toml").read_text())["project"]))',
    ].join('\n');
    const project = JSON.parse((await runPython('-c', program)).output) as { scripts: Record<string, string>; dependencies: string[] };
    expect(project.scripts).toEqual({ 'grym-export-models': 'grym_export.command:main' });
    expect(project.dependencies.map((dependency) => dependency.split('==')[0])).toEqual(
      expect.arrayContaining(['torch', 'transformers', 'diffusers', 'onnx', 'onnxruntime']),
    );
    expect(project.dependencies.filter((dependency) => !/^[a-z-]+==\d+(\.\d+)+$/.test(dependency))).toEqual([]);
  });
});

describe('without PyTorch', () => {
  test('help names every command and the exit codes', async () => {
    const { exitCode, output } = await runExporter('--help');
    expect(exitCode).toBe(0);
    for (const word of ['audioldm', 'clap', 'wav2vec2', 'check', 'narrow', 'reference', '3 licence not accepted'])
      expect(output).toContain(word);
    const help = await runExporter('audioldm', '--help');
    for (const word of ['--out', '--accept-licence', '--weights', '--unet-trace-rows', '--revision']) expect(help.output).toContain(word);
  });

  test('an export says what is missing and how it is brought, and writes nothing', async () => {
    const { exitCode, errors } = await runExporter('clap', 'laion/clap-htsat-unfused', '--out', join(folder, 'clap'), '--accept-licence');
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/is not installed\. uvx brings it/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('licences', () => {
  test('a known one is shown, and nothing happens until it is accepted', async () => {
    const out = join(folder, 'audioldm');
    const { exitCode, errors } = await runExporter('audioldm', 'cvssp/audioldm-s-full-v2', '--out', out);
    expect(exitCode).toBe(3);
    expect(errors).toContain('CC-BY-NC-SA-4.0 (no commercial use');
    expect(errors).toContain('--accept-licence');
    expect(existsSync(out)).toBe(false);
  });

  test('an unknown one has to be stated, and then accepted', async () => {
    const out = join(folder, 'own');
    expect(await runExporter('audioldm', 'somebody/own-model', '--out', out, '--accept-licence')).toMatchObject({
      exitCode: 3,
      errors: expect.stringContaining('somebody/own-model is not known here'),
    });
    expect(await runExporter('audioldm', 'somebody/own-model', '--out', out, '--licence', 'CC0-1.0')).toMatchObject({
      exitCode: 3,
      errors: expect.stringContaining('are under CC0-1.0'),
    });
  });
});

test('of a repository the configurations and one form of the weights are fetched: safetensors where every part has them', async () => {
  const program = [
    'import json, sys',
    'from grym_export.source import _patterns',
    'print(json.dumps([_patterns(files) for files in json.loads(sys.argv[1])]))',
  ].join('\n');
  const whole = ['a/config.json', 'a/model.safetensors', 'a/pytorch_model.bin', 'b/model.safetensors', 'b/pytorch_model.bin'];
  const partly = ['a/config.json', 'a/model.safetensors', 'a/pytorch_model.bin', 'b/pytorch_model.bin', 'merges.txt', 'demo.wav'];
  const { output, errors } = await runPython('-c', program, JSON.stringify([whole, partly]));
  expect(errors).toBe('');
  expect(JSON.parse(output)).toEqual([
    ['a/config.json', 'a/model.safetensors', 'b/model.safetensors'],
    ['a/config.json', 'a/pytorch_model.bin', 'b/pytorch_model.bin', 'merges.txt'],
  ]);
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runExporter, type PythonResult } from './run-python.js';

const EXPORTED = 'test/fixtures/models-exported';
const MODELS = ['audioldm-narrow', 'clap-narrow', 'wav2vec2-narrow'];

const manifestSchema = z.looseObject({
  format: z.literal(1),
  tolerance: z.literal(1e-4),
  weights: z.enum(['float32', 'float16']),
  licence: z.string().min(1),
  versions: z.record(z.string(), z.string()),
  checks: z.array(z.looseObject({ graph: z.string(), case: z.string(), error: z.number() })).min(1),
  files: z.array(z.object({ path: z.string(), sizeBytes: z.int(), sha256: z.string() })).min(1),
});
const manifestOf = (model: string): z.infer<typeof manifestSchema> =>
  manifestSchema.parse(JSON.parse(readFileSync(join(EXPORTED, model, 'grym-export.json'), 'utf8')));

describe.each(MODELS)('%s, as it was exported', (model) => {
  const { files, checks, tolerance, versions } = manifestOf(model);

  test('size and hash of every file are those of the manifest, and no file of the model is left out of it', () => {
    const content = (path: string): Buffer => readFileSync(join(EXPORTED, model, path));
    const found = files.map(({ path }) => ({
      path,
      sizeBytes: content(path).length,
      sha256: createHash('sha256').update(content(path)).digest('hex'),
    }));
    expect(found).toEqual(files);
    const there = readdirSync(join(EXPORTED, model), { recursive: true, encoding: 'utf8' }).filter(
      (path) => statSync(join(EXPORTED, model, path)).isFile() && path !== 'grym-export.json' && !path.startsWith('reference/'),
    );
    expect(there.sort()).toEqual(files.map(({ path }) => path).sort());
  });

  test('every comparison with PyTorch was within the tolerance, and the versions are the pinned ones', () => {
    expect(checks.filter(({ error }) => !(error <= tolerance))).toEqual([]);
    const pins = [...readFileSync('scripts/models/pyproject.toml', 'utf8').matchAll(/"([a-z-]+)==([\d.]+)"/g)];
    expect(pins.length).toBeGreaterThan(5);
    expect(Object.fromEntries(pins.map(([, name, version]) => [name, version]))).toEqual(
      Object.fromEntries(pins.map(([, name]) => [name, versions[name ?? '']])),
    );
  });
});

test('the UNet was compared at odd and even heights, at multiples of 8, and in batches', () => {
  const cases = manifestOf('audioldm-narrow').checks.filter(({ graph }) => graph === 'unet/model.onnx');
  const shapes = cases.map((check) => /^(\d+) × (\d+) rows/.exec(check.case)?.slice(1).map(Number) ?? []);
  const rows = shapes.map(([, height = 0]) => height);
  expect(rows.some((height) => height % 2 === 1)).toBe(true);
  expect(rows.some((height) => height % 8 === 0)).toBe(true);
  expect(new Set(shapes.map(([batch]) => batch)).size).toBe(3);
});

describe('check', () => {
  let folder: string;
  const graph = (): string => join(folder, 'onnx/model.onnx');
  const check = (): Promise<PythonResult> => runExporter('check', folder);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'grym-check-'));
    cpSync(join(EXPORTED, 'wav2vec2-narrow'), folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('a folder as it was written passes, with notes beside it', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    expect(await check()).toMatchObject({ exitCode: 0, output: expect.stringContaining('as its manifest says') });
  });

  test('one changed byte is named', async () => {
    const bytes = readFileSync(graph());
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    writeFileSync(graph(), bytes);
    expect(await check()).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('onnx/model.onnx has another content than the manifest says'),
    });
  });

  test('a truncated and a missing file are named', async () => {
    truncateSync(graph(), 1000);
    rmSync(join(folder, 'config.json'));
    const { exitCode, output } = await check();
    expect(exitCode).toBe(1);
    expect(output).toMatch(/onnx\/model\.onnx has 1000 bytes; the manifest says \d+/);
    expect(output).toContain('config.json is missing');
  });

  test('a manifest that is none is said to be none', async () => {
    writeFileSync(join(folder, 'grym-export.json'), '{"format": 99}');
    expect(await check()).toMatchObject({ exitCode: 1, errors: expect.stringContaining('is no manifest of format 1') });
    writeFileSync(join(folder, 'grym-export.json'), '{');
    expect(await check()).toMatchObject({ exitCode: 1, errors: expect.stringContaining('is no JSON') });
    rmSync(join(folder, 'grym-export.json'));
    expect(await check()).toMatchObject({ exitCode: 1, errors: expect.stringContaining('was not made by this exporter') });
  });
});

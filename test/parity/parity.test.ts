import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { checkModel, foldersWithReference, type ModelParity } from './parity.js';

const FIXTURES = 'test/fixtures/models';
const MINI = join(FIXTURES, 'audioldm-mini');

describe('the fixture of AudioLDM', () => {
  let parity: ModelParity;
  beforeAll(async () => {
    parity = await checkModel(MINI);
  });

  test('every tensor that the code makes is within 1e-5 of the reference', () => {
    expect(parity.failure).toBe('');
    expect(parity.rows.filter(({ passed }) => !passed)).toEqual([]);
    expect(parity.rows.filter(({ error, tolerance }) => error === null || error > tolerance || tolerance > 1e-5)).toEqual([]);
  });

  test('nothing of the reference is left out but what the code was given', () => {
    const given = [
      'initial_latents',
      'a2a_source_mel',
      'a2a_noise',
      'eta_noise',
      'inpaint_mask',
      'inpaint_noise',
      'inpaint_source_latents',
    ];
    expect([...parity.notCompared].sort()).toEqual(given.sort());
    expect(parity.rows).toHaveLength(27);
  });
});

describe('other references', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'grym-parity-'));
    cpSync(MINI, folder, { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  type Entry = { file: string; dtype: string; shape: number[] };
  const manifestPath = (): string => join(folder, 'reference/manifest.json');
  const manifest = () =>
    JSON.parse(readFileSync(join(MINI, 'reference/manifest.json'), 'utf8')) as {
      facts: Record<string, unknown>;
      tensors: Record<string, Entry>;
    };

  /** Each of `blocks` equal parts twice. */
  function doubled({ file }: Entry, blocks: number): void {
    const bytes = readFileSync(join(MINI, 'reference', file));
    const length = bytes.length / blocks;
    const parts = Array.from({ length: blocks }, (_, index) => bytes.subarray(index * length, (index + 1) * length));
    writeFileSync(join(folder, 'reference', file), Buffer.concat(parts.flatMap((part) => [part, part])));
  }

  test('of two candidates: every tensor is compared, those of both', async () => {
    const { facts, tensors } = manifest();
    const perStep = ['eta_noise', 'inpaint_noise'];
    const batched = Object.entries(tensors).filter(([name]) => /latents|^mel$|^waveform$|a2a_(noise|source|posterior)|_noise$/.test(name) && name !== 'inpaint_mask'); // prettier-ignore
    for (const [name, entry] of batched) {
      const steps = perStep.includes(name) ? (entry.shape[0] ?? 1) : 1;
      doubled(entry, steps);
      const rest = entry.shape.slice(1);
      entry.shape = steps > 1 ? [steps, 2, ...rest] : [2, ...rest];
    }
    const { noise_pred_00: _, ...others } = tensors;
    writeFileSync(manifestPath(), JSON.stringify({ facts, tensors: others }));
    const parity = await checkModel(folder);
    expect(parity.failure).toBe('');
    expect(parity.rows.filter(({ passed }) => !passed)).toEqual([]);
    expect(parity.rows).toHaveLength(26);
  });

  test('without guidance, a negative prompt, inpainting or audio: what is there is compared', async () => {
    const { tensors } = manifest();
    const names = ['input_ids', 'attention_mask', 'prompt_embeds', 'timesteps'];
    const facts = { prompt: 'dark analog bass loop, 120 bpm', num_inference_steps: 10, guidance_scale: 1, seconds: 0.5 };
    writeFileSync(manifestPath(), JSON.stringify({ facts, tensors: Object.fromEntries(names.map((name) => [name, tensors[name]])) }));
    const parity = await checkModel(folder);
    expect(parity).toMatchObject({ passed: true, failure: '', notCompared: [] });
    expect(parity.rows.map(({ tensor }) => tensor).sort()).toEqual(names.sort());
  });
});

describe('what is not right', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'grym-parity-'));
    cpSync(MINI, join(folder, 'changed'), { recursive: true });
    cpSync(MINI, join(folder, 'broken'), { recursive: true });
    mkdirSync(join(folder, 'foreign', 'reference'), { recursive: true });
    cpSync(join(MINI, 'reference/manifest.json'), join(folder, 'foreign/reference/manifest.json'));
    mkdirSync(join(folder, 'without-reference'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('folders with a reference are found, others are not', () => {
    expect(foldersWithReference(folder).map((path) => basename(path))).toEqual(['broken', 'changed', 'foreign']);
    expect(foldersWithReference(MINI)).toEqual([MINI]);
  });

  test('a reference that differs a little, a scaling factor that differs a little, and other tokens are told', async () => {
    const changed = join(folder, 'changed');
    const path = join(changed, 'reference/mel.bin');
    const mel = new Float32Array(new Uint8Array(readFileSync(path)).buffer);
    writeFileSync(
      path,
      mel.map((value) => value * 1.0001),
    );
    const ids = join(changed, 'reference/input_ids.bin');
    const tokens = new BigInt64Array(new Uint8Array(readFileSync(ids)).buffer);
    writeFileSync(
      ids,
      tokens.map((value, index) => (index === 2 ? value + 1n : value)),
    );
    const { rows, passed } = await checkModel(changed);
    expect(passed).toBe(false);
    expect(rows.filter((row) => !row.passed).map(({ tensor }) => tensor)).toEqual(['input_ids', 'mel']);
    expect(rows.find(({ tensor }) => tensor === 'mel')?.error).toBeCloseTo(1e-4, 6);
  });

  test('a model that cannot be loaded, and files of no known kind, are failures with their reason', async () => {
    rmSync(join(folder, 'broken/vocoder/model.onnx'));
    expect(await checkModel(join(folder, 'broken'))).toMatchObject({
      passed: false,
      failure: expect.stringContaining('vocoder/model.onnx is missing'),
    });
    expect(await checkModel(join(folder, 'foreign'))).toMatchObject({ passed: false, kind: null });
  });
});

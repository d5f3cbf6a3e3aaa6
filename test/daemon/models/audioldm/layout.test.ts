import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../../../daemon/kernel/index.js';
import { AUDIOLDM_FILES, readAudioLdmFolder } from '../../../../daemon/models/audioldm/layout.js';
import { thrownBy } from '../../doubles/thrown-by.js';
import { MINI } from './mini-model.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'grym-audioldm-'));
  cpSync(MINI, folder, { recursive: true, filter: (path) => !path.includes('reference') });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function change(file: string, changes: Record<string, unknown>): void {
  const path = join(folder, file);
  const before = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...before, ...changes }));
}

const refused = (reason: RegExp): void => {
  const error = thrownBy(() => readAudioLdmFolder(folder));
  expect(error).toMatchObject({ code: 'GRYM_MODEL_FOLDER_INVALID', kind: 'invalid-input' });
  expect(messageOf(error)).toMatch(reason);
};

test('the numbers of a model are those of its own files', () => {
  change('vae_decoder/config.json', { scaling_factor: 0.9138 });
  change('vae_encoder/config.json', { scaling_factor: 0.9138 });
  change('vocoder/config.json', { upsample_rates: [5, 4, 4], sampling_rate: 8_000 });
  change('tokenizer/tokenizer_config.json', { model_max_length: 512 });
  expect(readAudioLdmFolder(folder).geometry).toEqual({
    ...{ sampleRate: 8_000, hop: 80, melBands: 64, latentChannels: 8, vaeFactor: 4, latentWidth: 16, scalingFactor: 0.9138, shift: 0 },
    ...{ textDimensions: 32, unetChannels: 16, unetHalvings: 3, maximumTokens: 512 },
  });
  // 514 positions, of which RoBERTa uses none up to that of the padding, 1.
  change('tokenizer/tokenizer_config.json', { model_max_length: 1e30 });
  expect(readAudioLdmFolder(folder).geometry.maximumTokens).toBe(512);
});

test.each(AUDIOLDM_FILES)('a folder without %s is refused with the name of the file', (file) => {
  rmSync(join(folder, file));
  refused(new RegExp(`${file} is missing`));
});

test('an empty file, one that is no JSON and a folder that is not there are refused by name', () => {
  truncateSync(join(folder, 'vocoder/model.onnx'));
  refused(/vocoder\/model\.onnx is empty/);
  cpSync(join(MINI, 'vocoder'), join(folder, 'vocoder'), { recursive: true });
  writeFileSync(join(folder, 'unet/config.json'), '{');
  refused(/unet\/config\.json is no JSON/);
  rmSync(folder, { recursive: true });
  refused(/no such folder/);
});

test.each([
  ['scheduler/scheduler_config.json', { prediction_type: 'flow' }, /prediction_type = "flow"/],
  ['scheduler/scheduler_config.json', { beta_schedule: 'sigmoid' }, /beta_schedule = "sigmoid"/],
  ['scheduler/scheduler_config.json', { timestep_spacing: 'random' }, /timestep_spacing = "random"/],
  ['scheduler/scheduler_config.json', { _class_name: 'PNDMScheduler' }, /_class_name = "PNDMScheduler"/],
  ['scheduler/scheduler_config.json', { thresholding: true }, /thresholding = true/],
  ['scheduler/scheduler_config.json', { rescale_betas_zero_snr: true }, /rescale_betas_zero_snr = true/],
  ['scheduler/scheduler_config.json', { trained_betas: [0.1, 0.2] }, /trained_betas/],
  ['model_index.json', { _class_name: 'StableDiffusionPipeline' }, /_class_name = "StableDiffusionPipeline"/],
  ['vocoder/config.json', { model_type: 'univnet' }, /model_type = "univnet"/],
  ['vocoder/config.json', { model_in_dim: 66 }, /model_in_dim = 66/],
  ['unet/config.json', { class_embed_type: null }, /class_embed_type = null/],
  ['vae_decoder/config.json', { scaling_factor: undefined }, /scaling_factor = nothing/],
  ['vae_encoder/config.json', { scaling_factor: 0.5 }, /scaling_factor of vae_decoder and of vae_encoder differ/],
  ['text_encoder/config.json', { projection_dim: 512 }, /projection_dim of text_encoder/],
])('%s with %j is refused, and the message says what it is', (file, changes, reason) => {
  change(file, changes);
  refused(reason);
});

test('a graph that another machine computes needs no file here', () => {
  rmSync(join(folder, 'unet/model.onnx'));
  expect(readAudioLdmFolder(folder, ['unet']).path).toBe(folder);
});

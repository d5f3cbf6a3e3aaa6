import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { sourceOf } from '../../../../daemon/audio/index.js';
import { createClapEmbedder } from '../../../../daemon/models/clap/provider.js';
import { createWav2Vec2Embedder, createWav2Vec2Transcriber } from '../../../../daemon/models/wav2vec2/provider.js';
import { endHosts, startHosts } from '../hosts/support/test-hosts.js';
import { distance, fixture, floats, free, hostedModel } from './bench.js';

afterEach(endHosts);

const reference = (name: 'wav2vec2-mini' | 'clap-mini', tensor: string): Float32Array =>
  floats(join(fixture(name), 'reference', `${tensor}.bin`));

test('in processes of their own both models give what the references say, and what is wrong is told as in one process', async () => {
  const { hosts } = startHosts({ runnerModules: {} });
  const words = { hosts, model: hostedModel('wav2vec2'), version: '1' };
  const speech = { samples: reference('wav2vec2-mini', 'waveform'), sampleRate: 16_000, channels: 1 };
  const heard = await createWav2Vec2Embedder(words).embed(sourceOf(speech), free());
  expect(distance(heard?.vector ?? [], reference('wav2vec2-mini', 'embedding'))).toBeLessThan(1e-5);
  expect((await createWav2Vec2Transcriber(words).transcribe(sourceOf(speech), free())).text).toBe('ZFZZFZZZFZZFZZZZZJ');

  const notices: string[] = [];
  const sounds = { hosts, model: hostedModel('clap'), version: '1', onNotice: (sentence: string) => notices.push(sentence) };
  const clap = createClapEmbedder(sounds);
  const audio = { samples: reference('clap-mini', 'waveform'), sampleRate: 48_000, channels: 1 };
  expect(distance((await clap.embed(sourceOf(audio), free()))?.vector ?? [], reference('clap-mini', 'audio_embeds'))).toBeLessThan(1e-5);
  const text = await clap.embedText?.('dark analog bass loop, 120 bpm', free());
  expect(distance(text?.vector ?? [], reference('clap-mini', 'text_embeds'))).toBeLessThan(1e-5);
  await clap.embedText?.('bass '.repeat(100), free());
  expect(notices).toEqual([expect.stringMatching(/its end was not heard/)]);

  const broken = { samples: Float32Array.of(0, NaN), sampleRate: 48_000, channels: 1 };
  await expect(clap.embed(sourceOf(broken), free())).rejects.toMatchObject({ code: 'GRYM_MODEL_TASK_INVALID' });
  expect(hosts.views().map(({ modelId, tasksDone }) => [modelId, tasksDone > 0])).toEqual([
    ['wav2vec2-mini', true],
    ['clap-mini', true],
  ]);
});

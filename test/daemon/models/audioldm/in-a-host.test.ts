import { resolve } from 'node:path';
import { createAudioLdmGenerator } from '../../../../daemon/models/audioldm/audioldm-generator.js';
import type { HostedModel } from '../../../../daemon/models/hosts/model-hosts.js';
import { endHosts, startHosts } from '../hosts/support/test-hosts.js';
import { MINI } from './mini-model.js';

const MODEL: HostedModel = {
  ...{ provider: 'audioldm-mini', modelId: 'audioldm-mini', kind: 'audioldm', memoryBytes: 2 ** 28 },
  settings: { path: resolve(MINI), remoteGraphs: {} },
};
const REQUEST = { prompt: 'dark analog bass, 240 bpm, 1 bar', seed: 3, sampleRate: 48_000, steps: 20 };

afterEach(endHosts);

test('in its own process: the same request makes the same samples, and one that is cancelled ends within a step', async () => {
  const { hosts } = startHosts();
  const measure = async () => ({ loudnessLufs: -20, peakDbtp: -3 });
  const generator = createAudioLdmGenerator({ hosts, model: MODEL, version: 'abc', licence: 'none', measure });
  const signal = new AbortController().signal;
  const first = await generator.generate(REQUEST, { signal, onProgress: () => undefined });
  expect(first.frames).toBe(48_000);
  expect(first.samples.some((sample) => sample !== 0)).toBe(true);

  const processId = hosts.views()[0]?.processId;
  const controller = new AbortController();
  const stages: string[] = [];
  const cancelled = generator.generate(REQUEST, {
    signal: controller.signal,
    onProgress: (_, stage) => {
      stages.push(stage);
      if (stage.startsWith('denoising, step 3 ')) controller.abort();
    },
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(stages.filter((stage) => /^denoising, step ([5-9]|\d\d) /.test(stage))).toEqual([]);
  expect(stages).not.toContain('decoding');

  // The host has stopped by itself, and was not killed for it: the next task is done by the same process.
  const again = await generator.generate(REQUEST, { signal, onProgress: () => undefined });
  expect(again.samples).toEqual(first.samples);
  expect(hosts.views()).toMatchObject([{ deaths: 0, processId }]);
});

import { join } from 'node:path';
import { findPackageRoot, type JsonObject } from '../../../../daemon/kernel/index.js';
import { loadAudioLdm } from '../../../../daemon/models/audioldm/audioldm-runner.js';
import { openGraph } from '../../../../daemon/models/graphs/graph-opener.js';
import { refuses } from '../../../servers/behaviours.js';
import { ConformanceServer } from '../../../servers/conformance-server.js';
import { OpenInferenceServer } from '../../../servers/open-inference-server.js';
import { floats, MINI, watchedIo } from '../audioldm/mini-model.js';

const REQUEST: JsonObject = { prompt: 'dark analog bass loop', negativePrompt: 'noisy', seconds: 0.1, steps: 2, eta: 0.5, seed: 7 };

async function generated(remoteGraphs: Readonly<Record<string, string>>): Promise<Float32Array> {
  const runner = await loadAudioLdm({ path: MINI, threads: 1, remoteGraphs }, openGraph);
  try {
    return floats(await runner.run('generate', REQUEST, {}, watchedIo()), 'waveform').data;
  } finally {
    await runner.dispose();
  }
}

const fileOf = (graph: string): string => join(findPackageRoot(), MINI, graph, 'model.onnx');

let local: Float32Array;
beforeAll(async () => void (local = await generated({})));

test('a clip whose denoising another machine computes is the same, sample by sample, by bytes and by JSON', async () => {
  for (const isBinary of [true, false]) {
    const server = await OpenInferenceServer.start({ unet: fileOf('unet') }, isBinary);
    expect(await generated({ unet: server.address('unet') })).toEqual(local);
    await server.dispose();
  }
});

test('a clip of which another machine computes everything is the same', async () => {
  const graphs = ['text_encoder', 'unet', 'vae_encoder', 'vae_decoder', 'vocoder'];
  const server = await OpenInferenceServer.start(Object.fromEntries(graphs.map((graph) => [graph, fileOf(graph)])), true);
  expect(await generated(Object.fromEntries(graphs.map((graph) => [graph, server.address(graph)])))).toEqual(local);
  await server.dispose();
});

test('a model whose graph the server has not is not loaded, and the server’s words say why', async () => {
  const server = await ConformanceServer.start(refuses(404, 'unknown model "unet"'));
  const failure = generated({ unet: `${server.origin}/v2/models/unet` });
  await expect(failure).rejects.toMatchObject({ code: 'GRYM_SERVER_REFUSED', message: expect.stringContaining('unknown model "unet"') });
  await server.dispose();
});

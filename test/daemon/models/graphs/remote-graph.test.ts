import { join } from 'node:path';
import { findPackageRoot } from '../../../../daemon/kernel/index.js';
import type { GraphSession } from '../../../../daemon/models/graphs/graph-session.js';
import { openOnnxSession } from '../../../../daemon/models/graphs/onnx-session.js';
import { openRemoteGraph } from '../../../../daemon/models/graphs/open-inference-session.js';
import type { Tensor, Tensors } from '../../../../daemon/models/hosts/tensor.js';
import { openReference } from '../../../parity/reference.js';
import { OpenInferenceServer } from '../../../servers/open-inference-server.js';

const folder = join(findPackageRoot(), 'test', 'fixtures', 'models', 'audioldm-mini');
const fileOf = (graph: string): string => join(folder, graph, 'model.onnx');
const reference = openReference(folder);

const FEEDS: Readonly<Record<string, Tensors>> = {
  text_encoder: { input_ids: reference.tensor('input_ids'), attention_mask: reference.tensor('attention_mask') },
  unet: {
    sample: reference.tensor('initial_latents'),
    timestep: { type: 'int64', shape: [1], data: BigInt64Array.of(901n) },
    class_labels: reference.tensor('prompt_embeds'),
  },
  vocoder: { spectrogram: { ...reference.float('mel'), shape: [1, 132, 64] } },
};

const bytes = ({ data }: Tensor): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

async function outputOf(session: GraphSession, feeds: Tensors): Promise<Tensor> {
  const outputs = await session.run(feeds);
  expect(Object.keys(outputs)).toEqual(session.outputNames);
  return Object.values(outputs)[0] as Tensor;
}

describe.each([
  ['binary', true],
  ['JSON', false],
])('a graph on another machine, by %s', (_form, isBinary) => {
  let server: OpenInferenceServer;
  beforeAll(async () => {
    const graphs = Object.fromEntries(Object.keys(FEEDS).map((graph) => [graph, fileOf(graph)]));
    server = await OpenInferenceServer.start(graphs, isBinary);
  });
  afterAll(() => server.dispose());

  test.each(Object.entries(FEEDS))('%s gives what it gives here, twice', async (graph, feeds) => {
    const local = await openOnnxSession(fileOf(graph), { threads: 1 });
    const remote = await openRemoteGraph(fileOf(graph), { threads: 1, remote: server.address(graph) });
    expect([remote.inputNames, remote.outputNames]).toEqual([local.inputNames, local.outputNames]);
    const expected = await outputOf(local, feeds);
    for (let round = 0; round < 2; round += 1) {
      const found = await outputOf(remote, feeds);
      expect([found.type, found.shape]).toEqual([expected.type, expected.shape]);
      // JSON as well: it prints each float32 so that the same one is read. Only the sign of a zero may be lost on the way.
      if (isBinary) expect(bytes(found).equals(bytes(expected))).toBe(true);
      else expect(found.data.every((value: number | bigint, index: number) => value === expected.data[index])).toBe(true);
    }
    await Promise.all([local.release(), remote.release()]);
  });

  test('what the graph itself refuses is the server’s failure, in its words', async () => {
    const remote = await openRemoteGraph('', { threads: 1, remote: server.address('text_encoder') });
    const empty: Tensor = { type: 'int64', shape: [1, 600], data: new BigInt64Array(600) };
    const failure = remote.run({ input_ids: empty, attention_mask: empty });
    await expect(failure).rejects.toMatchObject({ code: 'GRYM_SERVER_FAILED', message: expect.stringMatching(/HTTP 500.*\w/) });
    await remote.release();
  });
});

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openGraph } from '../../../daemon/models/graphs/graph-opener.js';
import type { GraphSession } from '../../../daemon/models/graphs/graph-session.js';
import { checkModel } from '../../parity/parity.js';

const EXPORTED = 'test/fixtures/models-exported';
const manifestSchema = z.looseObject({
  graphs: z
    .array(
      z.looseObject({ file: z.string(), inputs: z.array(z.string()), outputs: z.array(z.string()), externalData: z.array(z.string()) }),
    )
    .min(1),
});
const graphsOf = (model: string): z.infer<typeof manifestSchema>['graphs'] =>
  manifestSchema.parse(JSON.parse(readFileSync(join(EXPORTED, model, 'grym-export.json'), 'utf8'))).graphs;
const open = (model: string, file: string): Promise<GraphSession> => openGraph(join(EXPORTED, model, file), { threads: 1 });

describe.each(['audioldm-narrow', 'clap-narrow', 'wav2vec2-narrow'])('%s', (model) => {
  test('every graph opens and has the inputs and outputs that the manifest declares', async () => {
    for (const { file, inputs, outputs } of graphsOf(model)) {
      const session = await open(model, file);
      expect({ file, inputs: session.inputNames, outputs: session.outputNames }).toEqual({ file, inputs, outputs });
      await session.release();
    }
  });

  test('the code of grym-synth makes of it what PyTorch made', async () => {
    const { rows, failure, passed } = await checkModel(join(EXPORTED, model));
    expect(failure).toBe('');
    expect(rows.filter((row) => !row.passed)).toEqual([]);
    expect(passed).toBe(true);
  });
});

test('weights beside the graph, in half precision: what the manifest names is what the graph needs', () => {
  expect(graphsOf('audioldm-narrow').map(({ file, externalData }) => [`${file}_data`, ...externalData])).toEqual(
    graphsOf('audioldm-narrow').map(({ file }) => [`${file}_data`, `${file}_data`]),
  );
});

// A UNet that was traced at a multiple of 8 fails at the others.
test.each([29, 30, 31, 32, 33, 36, 40])('the UNet takes %i rows of latents', async (rows) => {
  const unet = await open('audioldm-narrow', 'unet/model.onnx');
  const { out_sample: predicted } = await unet.run({
    sample: { type: 'float32', shape: [1, 8, rows, 16], data: new Float32Array(8 * rows * 16).fill(0.5) },
    timestep: { type: 'int64', shape: [1], data: BigInt64Array.of(501n) },
    class_labels: { type: 'float32', shape: [1, 24], data: new Float32Array(24).fill(24 ** -0.5) },
  });
  expect(predicted?.shape).toEqual([1, 8, rows, 16]);
  expect(Array.from(predicted?.data as Float32Array).every(Number.isFinite)).toBe(true);
  await unet.release();
});

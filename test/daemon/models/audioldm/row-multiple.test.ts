import { GrymError } from '../../../../daemon/kernel/index.js';
import { openGraph } from '../../../../daemon/models/graphs/graph-opener.js';
import type { OpenGraphSession } from '../../../../daemon/models/graphs/graph-session.js';
import { floats, MINI, openMini, watchedIo } from './mini-model.js';

/** As a UNet that was traced at a height which is a multiple of 8, and does not pass on the sizes that it halved. */
const tracedAtAMultipleOf8: OpenGraphSession = async (file, options) => {
  const session = await openGraph(file, options);
  return {
    ...{ inputNames: session.inputNames, outputNames: session.outputNames, release: () => session.release() },
    run: async (feeds) => {
      const rows = feeds['sample']?.shape[2] ?? 0;
      if (file.includes('unet') && rows % 8 !== 0) throw new GrymError('GRYM_MODEL_FAULT', { model: 'unet', reason: `Concat: ${rows}` });
      return session.run(feeds);
    },
  };
};

test('where a UNet takes multiples of 8 rows only, lengths are rounded up to them, and trimmed to what was asked for', async () => {
  const mini = await openMini(MINI, tracedAtAMultipleOf8);
  const reply = await mini.runner.run('generate', { prompt: 'pad', seconds: 0.36, steps: 1, seed: 1 }, {}, watchedIo());
  expect(mini.runs.find(({ graph }) => graph === 'unet')?.feeds['sample']?.shape).toEqual([2, 8, 16, 16]);
  expect(floats(reply, 'waveform').shape).toEqual([1, 5760]);
  const { result } = await mini.runner.run('probe', {}, {}, watchedIo());
  expect(result).toMatchObject({ works: expect.arrayContaining([expect.stringContaining('steps of 8 rows')]) });
  await mini.runner.dispose();
});

test('a folder whose graph is no graph is refused with the name of the file, and what was open is released', async () => {
  const released: string[] = [];
  const opening = openMini(MINI, async (file, options) => {
    const session = await openGraph(file.includes('vocoder') ? file.replace('model.onnx', 'config.json') : file, options);
    return Object.assign(session, { release: async () => void released.push(file.split('/').at(-2) ?? '') });
  });
  await expect(opening).rejects.toMatchObject({
    code: 'GRYM_MODEL_FOLDER_INVALID',
    message: expect.stringContaining('vocoder/config.json'),
  });
  expect(released.sort()).toEqual(['text_encoder', 'unet', 'vae_decoder', 'vae_encoder']);
});

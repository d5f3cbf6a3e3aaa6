import { relativeError } from '../../../parity/parity-check.js';
import { floats, openMini, watchedIo, type WatchedModel } from './mini-model.js';

const REQUEST = { prompt: 'dark analog bass loop', negativePrompt: 'noisy', seconds: 0.3, steps: 3, eta: 0.5 };

let mini: WatchedModel;
beforeAll(async () => {
  mini = await openMini();
});
afterAll(() => mini.runner.dispose());

const made = async (params: Record<string, number>): Promise<Float32Array> =>
  floats(await mini.runner.run('generate', { ...REQUEST, ...params }, {}, watchedIo()), 'waveform').data;

const initialNoise = (): Float32Array => {
  const sample = mini.runs.find(({ graph }) => graph === 'unet')?.feeds['sample'];
  return sample?.type === 'float32' ? sample.data.slice() : new Float32Array();
};

test('the same seed gives the same samples, bit for bit; another seed gives others', async () => {
  const first = await made({ seed: 7 });
  expect(await made({ seed: 7 })).toEqual(first);
  expect(relativeError(await made({ seed: 8 }), first)).toBeGreaterThan(0.1);
});

test('candidate i of seed s is what seed s + i alone makes', async () => {
  const together = await made({ seed: -1, candidates: 3 });
  const length = together.length / 3;
  for (const index of [0, 1, 2]) {
    const alone = await made({ seed: -1 + index });
    expect(relativeError(together.subarray(index * length, (index + 1) * length), alone)).toBeLessThan(1e-5);
  }
});

test('seeds at the ends of what a number can hold are seeds as any others', async () => {
  const highest = await made({ seed: Number.MAX_SAFE_INTEGER });
  const lowest = await made({ seed: Number.MIN_SAFE_INTEGER });
  expect(highest.every(Number.isFinite)).toBe(true);
  expect(relativeError(highest, lowest)).toBeGreaterThan(0.1);
});

test('a longer clip begins with the noise of a shorter one', async () => {
  let noise: Float32Array = new Float32Array();
  mini.onRun = ({ graph }) => {
    if (graph === 'unet' && noise.length === 0) noise = initialNoise();
  };
  const noiseOf = async (seconds: number): Promise<Float32Array> => {
    mini.runs.length = 0;
    noise = new Float32Array();
    await made({ seed: 3, steps: 1, guidanceScale: 1, seconds });
    return noise;
  };
  const [short, long] = [await noiseOf(0.08), await noiseOf(0.2)];
  const [shortRows, longRows, width] = [2, 5, 16];
  for (let channel = 0; channel < 8; channel += 1) {
    const ofShort = short.subarray(channel * shortRows * width, (channel + 1) * shortRows * width);
    const ofLong = long.subarray(channel * longRows * width, channel * longRows * width + shortRows * width);
    expect(ofLong).toEqual(ofShort);
  }
});

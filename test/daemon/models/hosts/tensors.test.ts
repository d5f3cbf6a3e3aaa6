import type { Tensors } from '../../../../daemon/models/hosts/tensor.js';
import { endHosts, startHosts, testCall, testModel } from './support/test-hosts.js';

const { hosts } = startHosts();
afterAll(endHosts);

const ALL_TYPES: Tensors = {
  floats: { type: 'float32', shape: [2, 3], data: Float32Array.from([1, -0, Infinity, 1e-40, NaN, 3.25]) },
  doubles: { type: 'float64', shape: [2], data: Float64Array.from([Math.PI, -1e300]) },
  integers: { type: 'int32', shape: [3, 1], data: Int32Array.from([-1, 2 ** 31 - 1, -(2 ** 31)]) },
  longs: { type: 'int64', shape: [2], data: BigInt64Array.from([-(2n ** 63n), 2n ** 63n - 1n]) },
  bytes: { type: 'uint8', shape: [5], data: Uint8Array.from([0, 1, 127, 128, 255]) },
  nothing: { type: 'float32', shape: [0, 4], data: new Float32Array(0) },
  one: { type: 'float32', shape: [], data: Float32Array.from([7]) },
  ['__proto__']: { type: 'uint8', shape: [1], data: Uint8Array.from([9]) },
};

test('values of all types, also none and one, come back as they went', async () => {
  const { result, tensors } = await hosts.call(testModel(), testCall('echo', { words: ['é', null] }, { tensors: ALL_TYPES }));
  expect(result).toEqual({ words: ['é', null] });
  expect(Object.keys(tensors)).toEqual(Object.keys(ALL_TYPES));
  for (const [name, tensor] of Object.entries(ALL_TYPES)) expect(Object.entries(tensors)).toContainEqual([name, tensor]);
});

test('tensors larger than the memory at first, growing and shrinking, in both directions', async () => {
  for (const length of [10, 300_000, 2_500_000, 0, 2_500_001, 3]) {
    const data = new Float32Array(length);
    for (let index = 0; index < length; index += 1) data[index] = index % 8191;
    const { tensors } = await hosts.call(
      testModel(),
      testCall('echo', {}, { tensors: { data: { type: 'float32', shape: [length], data } } }),
    );
    const back = tensors['data']?.data as Float32Array;
    expect(Buffer.compare(Buffer.from(back.buffer), Buffer.from(data.buffer))).toBe(0);
  }
});

test('a reply stays what it was when the next one comes', async () => {
  const echo = async (value: number): Promise<unknown> => {
    const data = new Float32Array(1000).fill(value);
    const { tensors } = await hosts.call(
      testModel(),
      testCall('echo', {}, { tensors: { data: { type: 'float32', shape: [1000], data } } }),
    );
    return tensors['data']?.data;
  };
  const first = await echo(1);
  await echo(2);
  expect(first).toEqual(new Float32Array(1000).fill(1));
});

test('values that do not fit their shape are refused before they reach a model', async () => {
  const wrong: Tensors = { data: { type: 'float32', shape: [2, 2], data: new Float32Array(3) } };
  await expect(hosts.call(testModel(), testCall('echo', {}, { tensors: wrong }))).rejects.toMatchObject({
    code: 'GRYM_MODEL_TASK_INVALID',
  });
});

test("a runner's values that do not fit their shape are a fault of the model", async () => {
  await expect(hosts.call(testModel(), testCall('misfit'))).rejects.toMatchObject({
    code: 'GRYM_MODEL_FAULT',
    message: expect.stringContaining('the tensor wrong has 2 values'),
  });
});

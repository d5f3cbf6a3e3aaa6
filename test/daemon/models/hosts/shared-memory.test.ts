import { closeSync, ftruncateSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { loadSharedMemory } from '../../../../daemon/models/hosts/shared-memory.js';
import { thrownBy } from '../../doubles/index.js';

const memory = loadSharedMemory();

test('what one mapping writes, another one of the same descriptor reads, also after it has grown', () => {
  const descriptor = memory.create(4096);
  const first = new Int32Array(memory.map(descriptor, 4096));
  first[0] = 7;
  memory.grow(descriptor, 1_000_000);
  expect(memory.sizeOf(descriptor)).toBe(1_000_000);
  const second = new Int32Array(memory.map(descriptor, 1_000_000));
  expect(second[0]).toBe(7);
  Atomics.store(second, 1, 8);
  expect(Atomics.load(first, 1)).toBe(8);
  memory.unmap(first.buffer);
  expect(first.length).toBe(0);
  expect(second[1]).toBe(8);
  memory.unmap(second.buffer);
  memory.close(descriptor);
});

test('it cannot be made smaller: who has mapped it never meets a hole', () => {
  const descriptor = memory.create(8192);
  expect(() => ftruncateSync(descriptor, 4096)).toThrow('EPERM');
  memory.grow(descriptor, 100);
  expect(memory.sizeOf(descriptor)).toBe(8192);
  memory.close(descriptor);
});

test('sizes that are none, and descriptors of something else, are refused', () => {
  const descriptor = memory.create(4096);
  for (const bytes of [0, -1, 1.5, NaN, Infinity, 2 ** 32 + 1]) expect(() => memory.create(bytes)).toThrow('no whole number in its range');
  expect(() => memory.map(descriptor, 4097)).toThrow('more was to be mapped than the shared memory holds');
  for (const other of [0, 1, 999_999]) {
    expect(() => memory.map(other, 10)).toThrow('no shared memory');
    expect(() => memory.close(other)).toThrow('no shared memory');
  }
  expect(() => memory.unmap({} as ArrayBuffer)).toThrow('unmap takes an ArrayBuffer');
  expect(() => memory.dieWithParent(0)).toThrow('no whole number in its range');
  memory.close(descriptor);
  expect(() => memory.sizeOf(descriptor)).toThrow('no shared memory');
});

test('mappings end with their ArrayBuffers', async () => {
  const mappings = (): number => readFileSync('/proc/self/maps', 'utf8').split('grym-model').length - 1;
  const unmapped = async (): Promise<void> => {
    while (mappings() > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  await unmapped();
  const descriptor = memory.create(4096);
  const buffers = [1, 2, 3].map(() => memory.map(descriptor, 4096));
  expect(mappings()).toBe(3);
  buffers.forEach((buffer) => memory.unmap(buffer));
  memory.close(descriptor);
  await unmapped();
});

test('where the addon is missing, that is said with what to do', () => {
  const load = (): unknown => loadSharedMemory('/nowhere/shared_buffer.node');
  expect(thrownBy(load)).toMatchObject({
    code: 'GRYM_MODEL_HOSTS_UNAVAILABLE',
    message: expect.stringContaining('/nowhere/shared_buffer.node'),
  });
});

test('a program that cannot be started, and orders that are none, are refused', async () => {
  await expect(memory.spawn(['/nowhere/program'], [], [])).rejects.toMatchObject({
    errorNumber: 2,
    message: expect.stringContaining('could not be started'),
  });
  expect(() => memory.spawn([], [], [])).toThrow('there is no program to start');
  expect(() => memory.spawn(['a\0b'], [], [])).toThrow('hold a zero');
  expect(() => memory.spawn([process.execPath], [], [0])).toThrow('no shared memory');
  expect(() => memory.reap(1)).toThrow('no child of this one');
});

test('a program that is started has its channel, its output and the memory, and its end is told once', async () => {
  const descriptor = memory.create(4096);
  const spawned = await memory.spawn(
    ['/bin/sh', '-c', 'echo out; echo err >&2; ls /proc/self/fd/4 >/dev/null && exit 7'],
    ['PATH=/bin:/usr/bin'],
    [descriptor],
  );
  const output = new Socket({ fd: spawned.output, readable: true, writable: false });
  let text = '';
  for await (const chunk of output) text += String(chunk);
  expect(text.split('\n').sort()).toEqual(['', 'err', 'out']);
  let ending = memory.reap(spawned.processId);
  for (; ending === null; ending = memory.reap(spawned.processId)) await new Promise((resolve) => setImmediate(resolve));
  expect(ending).toEqual({ code: 7, signal: 0 });
  expect(() => memory.reap(spawned.processId)).toThrow('no child of this one');
  closeSync(spawned.channel);
  memory.close(descriptor);
});

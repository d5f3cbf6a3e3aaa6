import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { GrymError } from '../../../daemon/kernel/index.js';
import { toStepError } from '../../../daemon/recovery/index.js';

async function thrown(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function resetConnection(): Promise<unknown> {
  const server = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    return await once(socket, 'data');
  } finally {
    server.close();
  }
}

/** Takes the connection and says nothing. What nobody reads does not notice its end either, and would keep the process alive. */
async function silentServer(): Promise<unknown> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { signal: AbortSignal.timeout(30) });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

async function fullWorker(): Promise<unknown> {
  const hoard = 'const kept = []; for (;;) kept.push(new Array(1e5).fill(kept.length))';
  return once(new Worker(hoard, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } }), 'never');
}

async function fullDevice(): Promise<unknown> {
  const file = await open('/dev/full', 'w');
  return file.write('x').finally(() => file.close());
}

const throwText = (): Promise<never> => {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is no error must be sorted too
  return Promise.reject('just text');
};

const CASES: [string, () => Promise<unknown>, string, RegExp][] = [
  [
    'fetch from a port where nobody listens',
    async () => fetch(`http://127.0.0.1:${await freePort()}/`),
    'GRYM_STEP_UNREACHABLE',
    /ECONNREFUSED/,
  ],
  ['a connection that is reset', resetConnection, 'GRYM_STEP_UNREACHABLE', /ECONNRESET/],
  ['a time limit of the step’s own', silentServer, 'GRYM_STEP_UNREACHABLE', /timeout/],
  ['a full device', fullDevice, 'GRYM_STEP_STARVED', /ENOSPC/],
  ['a worker out of memory', fullWorker, 'GRYM_STEP_STARVED', /memory/],
  ['a missing file', () => readFile('/no/such/take.wav'), 'GRYM_STEP_FILE_MISSING', /ENOENT.*take\.wav/],
  ['a folder that is a file', () => readdir('/etc/passwd'), 'GRYM_STEP_FILE_MISSING', /ENOTDIR/],
  ['a program that is not installed', () => once(spawn('/no/such/encoder'), 'close'), 'GRYM_STEP_FILE_MISSING', /encoder/],
  ['work that was called off', () => readFile('/dev/zero', { signal: AbortSignal.abort() }), 'GRYM_CANCELLED', /./],
  ['a bug', () => Promise.resolve(JSON.parse('{')), 'GRYM_INTERNAL', /JSON/],
  ['a bug that throws no error', throwText, 'GRYM_INTERNAL', /just text/],
];

test.each(CASES)('%s is sorted by what the system says', async (_name, work, code, words) => {
  const cause = await thrown(work);
  const error = toStepError(cause, 'import');
  expect(error.code).toBe(code);
  expect(error.cause).toBe(cause);
  expect(error.message).toMatch(words);
});

test('an error of the catalogue stays what it is', () => {
  const error = new GrymError('GRYM_BRIDGE_ABSENT', { bridge: 'drums' });
  expect(toStepError(error, 'deliver')).toBe(error);
});

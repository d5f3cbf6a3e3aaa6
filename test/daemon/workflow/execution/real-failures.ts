import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GrymError, type ErrorCode, type ErrorKind } from '../../../../daemon/kernel/index.js';
import { FileBlobStore } from '../../../../daemon/storage/index.js';
import type { Act, StepOptions } from './executor-bench.js';

/** A failure that really happens, not one that is only thrown. */
export interface RealFailure {
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly name: string;
  readonly act: Act;
  readonly options?: StepOptions;
}

/** Nobody listens there: the port was just given back. */
async function refusedConnection(): Promise<unknown> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return { sound: `port ${port}` };
}

async function fullDisk(): Promise<unknown> {
  const file = await open('/dev/full', 'w');
  try {
    await file.write('a sound');
  } finally {
    await file.close();
  }
  return { sound: 'stored' };
}

/** A model process that is killed while it answers. */
async function killedChild(): Promise<unknown> {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("{"); setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal !== null) throw new GrymError('GRYM_GENERATOR_FAILED', { reason: `its process was ended by ${signal}` });
  return { sound: `exit ${String(exitCode)}` };
}

/** A read that the step itself calls off: no signal of the run has fired. */
function calledOff(): Promise<unknown> {
  return readFile('/dev/zero', { signal: AbortSignal.abort() });
}

export const REAL_FAILURES: readonly RealFailure[] = [
  { kind: 'transient', code: 'GRYM_STEP_UNREACHABLE', name: 'a refused TCP connection', act: refusedConnection },
  {
    kind: 'timeout',
    code: 'GRYM_DEADLINE_EXCEEDED',
    name: 'a deadline that passed',
    act: ({ signal }) => wait(60_000, undefined, { signal }),
    options: { deadlineMs: 25 },
  },
  { kind: 'resource', code: 'GRYM_STEP_STARVED', name: 'a full device', act: fullDisk },
  {
    kind: 'invalid-input',
    code: 'GRYM_STEP_FILE_MISSING',
    name: 'a file that is not there',
    act: () => readFile('/no/such/folder/take.wav'),
  },
  { kind: 'model-fault', code: 'GRYM_GENERATOR_FAILED', name: 'a model process that was killed', act: killedChild },
  { kind: 'cancelled', code: 'GRYM_CANCELLED', name: 'work that was called off', act: calledOff },
  { kind: 'fatal', code: 'GRYM_INTERNAL', name: 'a bug', act: () => Promise.resolve(JSON.parse('{"sound": ')) },
];

export const SCHEMA_BREAKING_ANSWER: RealFailure = {
  kind: 'model-fault',
  code: 'GRYM_STEP_OUTPUT_INVALID',
  name: 'an answer that breaks its schema',
  act: () => Promise.resolve(JSON.parse('{"sound": 7, "thoughts": "hm"}')),
};

/** A library below a path that is a file. */
async function unwritableLibrary(): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'grym-unwritable-'));
  try {
    await writeFile(join(folder, 'file'), '');
    const store = new FileBlobStore(join(folder, 'file', 'clips'), 'wav');
    return { sound: (await store.put(Buffer.from('sound'))).hash };
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const UNWRITABLE_LIBRARY: RealFailure = {
  kind: 'resource',
  code: 'GRYM_LIBRARY_UNWRITABLE',
  name: 'a library that cannot be written',
  act: unwritableLibrary,
};

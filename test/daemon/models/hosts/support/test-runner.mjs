// A runner for tests of model hosts: no model, but everything that a model could do to its process. Loaded inside a host, from its path.
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

const kernel = await import(new URL('../../../../../build/js/daemon/kernel/index.js', import.meta.url).href);
const { GrymError, cancelledError } = kernel;

function block(milliseconds) {
  const word = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(word, 0, 0, milliseconds);
}

/** A task that a file remembers: the first time is told from later ones, across processes. */
function isFirst(marker) {
  if (existsSync(marker)) return false;
  writeFileSync(marker, '');
  return true;
}

const niceOf = (thread) => Number(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1].split(' ')[16]);
const kept = [];

async function steps({ count, milliseconds, trace }, io) {
  for (let step = 1; step <= count; step += 1) {
    block(milliseconds);
    if (trace !== undefined) appendFileSync(trace, `${step}\n`);
    io.progress(step / count, `step ${step} of ${count}`);
    await turn();
    if (io.signal.aborted) throw cancelledError(io.signal, 'stepping');
  }
  return { done: count };
}

const TASKS = {
  echo: async (params, tensors) => ({ result: params, tensors }),
  steps: async (params, _, io) => ({ result: await steps(params, io), tensors: {} }),
  blockOnce: async ({ marker, milliseconds }) => {
    if (isFirst(marker)) block(milliseconds);
    return { result: 'unblocked', tensors: {} };
  },
  block: async ({ milliseconds }) => {
    block(milliseconds);
    return { result: 'unblocked', tensors: {} };
  },
  dieOnce: async ({ marker, signal }) => {
    if (isFirst(marker)) process.kill(process.pid, signal ?? 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { result: 'survived', tensors: {} };
  },
  die: async ({ exitCode }) => {
    if (exitCode !== undefined) process.exit(exitCode);
    process.kill(process.pid, 'SIGKILL');
    return { result: null, tensors: {} };
  },
  refuse: async () => {
    throw new GrymError('GRYM_MODEL_TASK_INVALID', { model: 'test', reason: 'the test wants so', more: [1, 2] });
  },
  fail: async () => {
    throw new TypeError('a mistake in the model');
  },
  write: async ({ lines, stream }) => {
    for (const line of lines) process[stream].write(`${line}\n`);
    return { result: null, tensors: {} };
  },
  events: async ({ count }, _, io) => {
    for (let index = 0; index < count; index += 1) io.emit({ index });
    return { result: null, tensors: {} };
  },
  allocate: async ({ megabytes, milliseconds }) => {
    for (let index = 0; index < megabytes; index += 16) kept.push(Buffer.alloc(16e6, 1));
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return { result: null, tensors: {} };
  },
  manners: async () => ({
    result: {
      priorities: readdirSync('/proc/self/task').map(niceOf),
      oomScore: Number(readFileSync('/proc/self/oom_score_adj', 'utf8')),
      nodeOptions: process.env.NODE_OPTIONS ?? null,
    },
    tensors: {},
  }),
  misfit: async () => ({ result: null, tensors: { wrong: { type: 'float32', shape: [3], data: new Float32Array(2) } } }),
  large: async ({ characters }) => ({ result: 'x'.repeat(characters), tensors: {} }),
  freezeWhenIdle: async ({ milliseconds }) => {
    setTimeout(() => block(milliseconds), 20);
    return { result: null, tensors: {} };
  },
};

export const runner = {
  load: async (settings) => {
    const { path } = settings;
    if (path.endsWith('/missing')) throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path, reason: 'the test wants so' });
    if (path.endsWith('/dies-while-loading')) process.kill(process.pid, 'SIGKILL');
    if (path.endsWith('/never-loads')) block(600_000);
    return {
      run: async (task, params, tensors, io) => {
        if (task === 'settings') return { result: settings, tensors: {} };
        const perform = TASKS[task];
        if (perform === undefined) throw new GrymError('GRYM_MODEL_TASK_INVALID', { model: 'test', reason: `there is no task ${task}` });
        return perform(params, tensors, io);
      },
      dispose: async () => {
        if (path.endsWith('/hangs-at-the-end')) await new Promise(() => undefined);
        if (path.endsWith('/tells-its-end')) process.stderr.write('put away\n');
      },
    };
  },
};

import type { GraphSession } from '../../../../daemon/models/graphs/graph-session.js';
import { createRemoteGraphOpener } from '../../../../daemon/models/graphs/open-inference-session.js';
import type { Tensors } from '../../../../daemon/models/hosts/tensor.js';
import { floods, hangs, refuses, resets, sends, truncates } from '../../../servers/behaviours.js';
import { ConformanceServer, type Behaviour } from '../../../servers/conformance-server.js';
import { ADVERTISES_BINARY, infers, infersBinary, METADATA, serving } from '../../../servers/graph-behaviours.js';

const open = createRemoteGraphOpener({ openMs: 5_000, runMs: 5_000, maximumBytes: 1_000_000 });
const PAIRS: Tensors = { pairs: { type: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } };
const SUMS = { name: 'sums', datatype: 'FP32', shape: [2], data: [3, 7] };
const SUM_BYTES = new Uint8Array(Float32Array.of(3, 7).buffer);
const BINARY_SUMS = { name: 'sums', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } };
const HTML = '<html><title>Welcome</title></html>';

let conformance: ConformanceServer;
beforeAll(async () => void (conformance = await ConformanceServer.start()));
afterAll(() => conformance.dispose());

const session = (): Promise<GraphSession> => open('', { threads: 1, remote: `${conformance.origin}/v2/models/sum` });

type Case = readonly [title: string, behaviour: Behaviour, code: string, words: string | RegExp];

const withPort = (port: object): Behaviour =>
  serving({ metadata: sends(200, JSON.stringify({ ...METADATA, inputs: [{ ...METADATA.inputs[0], ...port }] })) });

const OPENING: readonly Case[] = [
  ['that loads its models', serving({ ready: refuses(503, 'loading') }), 'GRYM_SERVER_BUSY', 'it is not ready yet'],
  ['that is not ready, as Triton says it', serving({ ready: sends(400, '') }), 'GRYM_SERVER_BUSY', 'it is not ready yet'],
  ['of another kind', refuses(404, 'Not Found'), 'GRYM_SERVER_REFUSED', 'HTTP 404'],
  [
    'without that graph',
    serving({ metadata: sends(404, '{"error":"unknown model \\"sum\\""}') }),
    'GRYM_SERVER_REFUSED',
    'unknown model "sum"',
  ],
  ['that wants a key', serving({ ready: refuses(401, 'who are you?') }), 'GRYM_SERVER_REFUSED', 'HTTP 401'],
  ['whose graph has half floats', withPort({ datatype: 'FP16' }), 'GRYM_SERVER_GRAPH_UNSUITABLE', 'pairs is of the type FP16'],
  ['that shows a web page', serving({ metadata: sends(200, HTML) }), 'GRYM_SERVER_ANSWER_INVALID', 'no JSON'],
  ['that describes no graph', serving({ metadata: sends(200, '{"name":"sum"}') }), 'GRYM_SERVER_ANSWER_INVALID', 'inputs'],
  ['that cuts the connection', resets, 'GRYM_SERVER_UNREACHABLE', 'cut the connection'],
];

test.each(OPENING)('a server %s is told when the graph is opened', async (_title, behaviour, code, words) => {
  conformance.behave(behaviour);
  await expect(session()).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
});

const NESTED = { ...SUMS, data: [[3], [7]] };
const RUNNING: readonly Case[] = [
  ['fails', refuses(500, 'out of memory'), 'GRYM_SERVER_FAILED', 'out of memory'],
  ['is busy', refuses(429, 'queue full'), 'GRYM_SERVER_BUSY', 'queue full'],
  ['refuses', sends(400, '{"error":"unexpected shape"}'), 'GRYM_SERVER_REFUSED', 'unexpected shape'],
  ['cuts the connection', resets, 'GRYM_SERVER_UNREACHABLE', 'cut the connection'],
  ['breaks off', truncates('{"outputs":['), 'GRYM_SERVER_UNREACHABLE', 'cut the connection'],
  ['never ends', floods({ 'content-type': 'application/json' }, ' '.repeat(65_536)), 'GRYM_SERVER_ANSWER_INVALID', 'more than 1 MB'],
  ['gives a web page', sends(200, HTML), 'GRYM_SERVER_ANSWER_INVALID', 'no JSON'],
  ['gives no outputs', sends(200, '{}'), 'GRYM_SERVER_ANSWER_INVALID', 'outputs'],
  ['leaves one out', infers(), 'GRYM_SERVER_ANSWER_INVALID', 'sums is missing'],
  ['gives one twice', infers(SUMS, SUMS), 'GRYM_SERVER_ANSWER_INVALID', 'sums twice'],
  ['gives one that is not known', infers({ ...SUMS, name: 'products' }), 'GRYM_SERVER_ANSWER_INVALID', 'products that was not announced'],
  ['gives another type', infers({ ...SUMS, datatype: 'FP64' }), 'GRYM_SERVER_ANSWER_INVALID', 'FP64, and FP32 was announced'],
  ['gives another shape', infers({ ...SUMS, shape: [1, 2] }), 'GRYM_SERVER_ANSWER_INVALID', /shape \[1, 2\], and \[-1\] was announced/],
  ['gives too few values', infers({ ...SUMS, data: [3] }), 'GRYM_SERVER_ANSWER_INVALID', 'has 1 values'],
  ['gives no values', infers({ ...SUMS, data: undefined }), 'GRYM_SERVER_ANSWER_INVALID', 'has 0 values'],
  ['gives values nested deeper than the shape', infers({ ...SUMS, data: [[[3]], [[7]]] }), 'GRYM_SERVER_ANSWER_INVALID', 'no FP32'],
  ['gives what is no number', infers({ ...SUMS, data: [3, null] }), 'GRYM_SERVER_ANSWER_INVALID', 'no FP32'],
  ['gives a negative size', infers({ ...SUMS, shape: [-2] }), 'GRYM_SERVER_ANSWER_INVALID', 'shape'],
  ['gives too few bytes', infersBinary(BINARY_SUMS, SUM_BYTES.subarray(4)), 'GRYM_SERVER_ANSWER_INVALID', '4 bytes where 8 were expected'],
  ['gives too many bytes', infersBinary(BINARY_SUMS, new Uint8Array(12)), 'GRYM_SERVER_ANSWER_INVALID', 'where its tensors take'],
  [
    'announces other sizes',
    infersBinary({ ...BINARY_SUMS, parameters: { binary_data_size: 4 } }, SUM_BYTES),
    'GRYM_SERVER_ANSWER_INVALID',
    '4 bytes where 8',
  ],
  ['announces a longer head than all', infersBinary(BINARY_SUMS, SUM_BYTES, 99_999), 'GRYM_SERVER_ANSWER_INVALID', '99999 in an answer'],
  [
    'announces no number',
    infersBinary(BINARY_SUMS, SUM_BYTES, Number.NaN),
    'GRYM_SERVER_ANSWER_INVALID',
    'Inference-Header-Content-Length',
  ],
];

test.each(RUNNING)('a server that %s while it computes is told', async (_title, infer, code, words) => {
  conformance.behave(serving({ server: ADVERTISES_BINARY, infer }));
  const graph = await session();
  await expect(graph.run(PAIRS)).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  await graph.release();
});

const WORKING: readonly (readonly [title: string, server: Behaviour | undefined, infer: Behaviour])[] = [
  ['JSON', undefined, infers(SUMS)],
  ['nested JSON', undefined, infers({ ...NESTED })],
  ['bytes', ADVERTISES_BINARY, infersBinary(BINARY_SUMS, SUM_BYTES)],
  ['JSON although bytes were asked for', ADVERTISES_BINARY, infers(SUMS)],
  ['JSON from a server that does not describe itself', refuses(404, 'no'), infers(SUMS)],
];

test.each(WORKING)('%s is understood', async (_title, server, infer) => {
  conformance.behave(serving({ ...(server === undefined ? {} : { server }), infer }));
  const graph = await session();
  const { sums } = await graph.run(PAIRS);
  expect([sums?.shape, [...(sums?.data ?? [])]]).toEqual([[2], [3, 7]]);
  await graph.release();
});

test('what is sent: JSON, and bytes where the server offers them', async () => {
  const sent: Buffer[] = [];
  for (const server of [undefined, ADVERTISES_BINARY]) {
    conformance.behave(serving({ ...(server === undefined ? {} : { server }), infer: infers(SUMS) }));
    const graph = await session();
    await graph.run(PAIRS);
    const request = conformance.requests.at(-1);
    const head = Number(request?.headers['inference-header-content-length'] ?? request?.bytes.length);
    const message: unknown = JSON.parse(request?.bytes.toString('utf8', 0, head) ?? '');
    const common = { name: 'pairs', shape: [2, 2], datatype: 'FP32' };
    expect(message).toMatchObject({
      inputs: [{ ...common, ...(server === undefined ? { data: [1, 2, 3, 4] } : { parameters: { binary_data_size: 16 } }) }],
    });
    sent.push(request?.bytes.subarray(head) ?? Buffer.alloc(0));
    await graph.release();
  }
  expect(sent).toEqual([Buffer.alloc(0), Buffer.from((PAIRS['pairs']?.data as Float32Array).buffer)]);
});

const UNFIT: readonly (readonly [title: string, feeds: Tensors, words: string])[] = [
  [
    'another type',
    { pairs: { type: 'float64', shape: [1, 2], data: Float64Array.of(1, 2) } },
    'takes FP32 [-1, 2], and the model gives FP64 [1, 2]',
  ],
  [
    'another shape',
    { pairs: { type: 'float32', shape: [2], data: Float32Array.of(1, 2) } },
    'takes FP32 [-1, 2], and the model gives FP32 [2]',
  ],
  ['another name', { ...PAIRS, more: { type: 'float32', shape: [1], data: Float32Array.of(1) } }, 'it has no input more'],
  ['nothing', {}, 'its input pairs is not among'],
];

test.each(UNFIT)('a graph that is given %s is not asked', async (_title, feeds, words) => {
  conformance.behave(serving({ infer: infers(SUMS) }));
  const graph = await session();
  const before = conformance.requests.length;
  await expect(graph.run(feeds)).rejects.toMatchObject({
    code: 'GRYM_SERVER_GRAPH_UNSUITABLE',
    message: expect.stringContaining(words),
  });
  expect(conformance.requests).toHaveLength(before);
  await graph.release();
});

test('values that JSON cannot carry are not sent', async () => {
  conformance.behave(serving({ infer: infers(SUMS) }));
  const graph = await session();
  const feeds: Tensors = { pairs: { type: 'float32', shape: [1, 2], data: Float32Array.of(1, Number.NaN) } };
  await expect(graph.run(feeds)).rejects.toMatchObject({ code: 'GRYM_MODEL_FAULT' });
  await graph.release();
});

test('a run that takes too long ends at its deadline, and one that is cancelled at once', async () => {
  conformance.behave(serving({ infer: hangs }));
  const quick = await createRemoteGraphOpener({ runMs: 50 })('', { threads: 1, remote: `${conformance.origin}/v2/models/sum` });
  await expect(quick.run(PAIRS)).rejects.toMatchObject({ code: 'GRYM_DEADLINE_EXCEEDED' });
  const graph = await session();
  const controller = new AbortController();
  const asked = conformance.requests.length;
  const running = graph.run(PAIRS, controller.signal);
  await conformance.received(asked + 1);
  controller.abort();
  await expect(running).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  await Promise.all([quick.release(), graph.release()]);
});

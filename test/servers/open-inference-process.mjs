// An Open Inference Protocol v2 server that computes real ONNX graphs. Started by open-inference-server.ts in a process of its own, since
// onnxruntime blocks the thread that calls it. Its one argument: { graphs: { name: file }, isBinary }. Prints its port.
import { createServer } from 'node:http';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const { graphs, isBinary } = JSON.parse(process.argv[2] ?? '{}');

const ARRAYS = { FP32: Float32Array, FP64: Float64Array, INT32: Int32Array, INT64: BigInt64Array, UINT8: Uint8Array };
const ORT_TYPES = { FP32: 'float32', FP64: 'float64', INT32: 'int32', INT64: 'int64', UINT8: 'uint8' };
const DATATYPES = Object.fromEntries(Object.entries(ORT_TYPES).map(([datatype, type]) => [type, datatype]));

const sessions = {};
for (const [name, file] of Object.entries(graphs)) {
  sessions[name] = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 });
}

const portOf = ({ name, type, shape }) => ({
  name,
  datatype: DATATYPES[type],
  shape: shape.map((size) => (typeof size === 'number' ? size : -1)),
});

const metadataOf = (name, session) => ({
  name,
  versions: ['1'],
  platform: 'onnxruntime_onnx',
  inputs: session.inputMetadata.map(portOf),
  outputs: session.outputMetadata.map(portOf),
});

function inputTensor({ datatype, shape, data }, bytes) {
  const Type = ARRAYS[datatype];
  const values =
    bytes === undefined
      ? Type.from(data.flat(Infinity), Type === BigInt64Array ? BigInt : undefined)
      : new Type(new Uint8Array(bytes).buffer);
  return new Tensor(ORT_TYPES[datatype], values, shape);
}

async function infer(name, request, body) {
  const head = request.headers['inference-header-content-length'];
  let offset = head === undefined ? body.length : Number(head);
  const message = JSON.parse(body.toString('utf8', 0, offset));
  const feeds = {};
  for (const input of message.inputs) {
    const size = input.parameters?.binary_data_size;
    feeds[input.name] = inputTensor(input, size === undefined ? undefined : body.subarray(offset, offset + size));
    offset += size ?? 0;
  }
  const results = await sessions[name].run(feeds);
  const binary = [];
  const outputs = message.outputs.map(({ name: output, parameters }) => {
    const { type, dims, data } = results[output];
    const described = { name: output, datatype: DATATYPES[type], shape: dims };
    if (!isBinary || parameters?.binary_data !== true) return { ...described, data: Array.from(data, Number) };
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    binary.push(bytes);
    return { ...described, parameters: { binary_data_size: bytes.length } };
  });
  const text = Buffer.from(JSON.stringify({ model_name: name, model_version: '1', outputs }));
  return { text, bytes: Buffer.concat([text, ...binary]), isSplit: binary.length > 0 };
}

async function answer(request, response) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const json = (value, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const extensions = isBinary ? ['binary_tensor_data'] : [];
  if (request.url === '/v2/health/ready') return response.writeHead(200).end();
  if (request.url === '/v2') return json({ name: 'test', version: '1', extensions });
  const [, name, verb] = /^\/v2\/models\/([^/]+)(\/infer)?$/.exec(request.url) ?? [];
  if (name === undefined || sessions[name] === undefined) return json({ error: `unknown model "${name}"` }, 404);
  if (verb === undefined) return json(metadataOf(name, sessions[name]));
  const { text, bytes, isSplit } = await infer(name, request, Buffer.concat(pieces));
  response.writeHead(200, {
    'content-type': isSplit ? 'application/octet-stream' : 'application/json',
    ...(isSplit ? { 'inference-header-content-length': String(text.length) } : {}),
  });
  return response.end(bytes);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => response.writeHead(500).end(JSON.stringify({ error: String(error?.message ?? error) })));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
// Ends with whoever started it, however that ends.
process.stdin.on('end', () => process.exit(0)).resume();

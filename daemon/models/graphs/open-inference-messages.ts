import { z } from 'zod';
import { GrymError } from '../../kernel/index.js';
import type { Tensor, Tensors } from '../hosts/tensor.js';
import { answerInvalid, type ServerName } from '../http/index.js';
import {
  bytesOf,
  DATATYPES,
  datatypeOf,
  jsonValues,
  rawBytes,
  tensorFromBytes,
  tensorFromValues,
  tensorTypeOf,
  valuesOf,
} from './open-inference-tensors.js';

// OpenVINO's server writes sizes as texts, as protobuf's JSON has it for integers of 64 bits.
const sizeSchema = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
]);
const portSchema = z.object({ name: z.string(), datatype: z.string(), shape: z.array(sizeSchema).max(16) });

/** What a server says of a graph: one input or output. A size of -1 may be any. */
export type GraphPort = z.infer<typeof portSchema>;

export const metadataSchema = z.object({ inputs: z.array(portSchema).min(1).max(100), outputs: z.array(portSchema).min(1).max(100) });
export type GraphMetadata = z.infer<typeof metadataSchema>;

export const serverSchema = z.object({ extensions: z.array(z.string()).default([]) });
export const BINARY_EXTENSION = 'binary_tensor_data';

const outputSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(sizeSchema.pipe(z.int().min(0))).max(16),
  parameters: z.object({ binary_data_size: z.int().min(0).optional() }).nullish(),
  // Looked at value by value once its type is known.
  data: z.unknown().optional(),
});
type Output = z.infer<typeof outputSchema>;
const answerSchema = z.object({ outputs: z.array(outputSchema).max(100) });

const shown = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

const fits = (shape: readonly number[], expected: readonly number[]): boolean =>
  shape.length === expected.length && shape.every((size, axis) => (expected[axis] ?? -1) < 0 || size === expected[axis]);

function unsuitable(server: ServerName, reason: string): GrymError {
  return new GrymError('GRYM_SERVER_GRAPH_UNSUITABLE', { url: server.url, reason });
}

/** Throws GRYM_SERVER_GRAPH_UNSUITABLE where the graph has tensors that are not used here. */
export function checkMetadata({ inputs, outputs }: GraphMetadata, server: ServerName): void {
  for (const { name, datatype } of [...inputs, ...outputs]) {
    if (tensorTypeOf(datatype) === undefined) {
      throw unsuitable(server, `its tensor ${name} is of the type ${datatype}, and those that can be used are ${DATATYPES.join(', ')}`);
    }
  }
}

/** Throws GRYM_SERVER_GRAPH_UNSUITABLE where the graph does not take these tensors. */
export function checkFeeds(feeds: Tensors, { inputs }: GraphMetadata, server: ServerName): void {
  const names = inputs.map(({ name }) => name);
  const extra = Object.keys(feeds).find((name) => !names.includes(name));
  if (extra !== undefined) throw unsuitable(server, `it has no input ${extra}; its inputs are ${names.join(', ')}`);
  for (const { name, datatype, shape } of inputs) {
    const tensor = feeds[name];
    if (tensor === undefined)
      throw unsuitable(server, `its input ${name} is not among those of the model: ${Object.keys(feeds).join(', ')}`);
    if (datatypeOf(tensor.type) !== datatype || !fits(tensor.shape, shape)) {
      const given = `${datatypeOf(tensor.type)} ${shown(tensor.shape)}`;
      throw unsuitable(server, `its input ${name} takes ${datatype} ${shown(shape)}, and the model gives ${given}`);
    }
  }
}

export interface InferRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** The body of `infer`, all outputs asked for. Values that JSON cannot carry are GRYM_MODEL_FAULT. */
export function inferRequest(feeds: Tensors, { inputs, outputs }: GraphMetadata, isBinary: boolean): InferRequest {
  const tensors = inputs.map(({ name, datatype }) => ({ name, datatype, tensor: feeds[name] as Tensor }));
  if (!isBinary) {
    const parts = tensors.map(({ name, datatype, tensor }) => {
      const values = jsonValues(tensor);
      if (values === undefined)
        throw new GrymError('GRYM_MODEL_FAULT', { model: name, reason: 'a value is not a finite number, and JSON carries no others' });
      return `{"name":${JSON.stringify(name)},"shape":${JSON.stringify(tensor.shape)},"datatype":"${datatype}","data":${values}}`;
    });
    const wanted = JSON.stringify(outputs.map(({ name }) => ({ name })));
    return { headers: { 'content-type': 'application/json' }, body: `{"inputs":[${parts.join(',')}],"outputs":${wanted}}` };
  }
  const head = Buffer.from(
    JSON.stringify({
      inputs: tensors.map(({ name, datatype, tensor }) => ({
        ...{ name, datatype, shape: tensor.shape },
        parameters: { binary_data_size: tensor.data.byteLength },
      })),
      outputs: outputs.map(({ name }) => ({ name, parameters: { binary_data: true } })),
    }),
  );
  return {
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(head.byteLength) },
    body: Buffer.concat([head, ...tensors.map(({ tensor }) => rawBytes(tensor))]),
  };
}

function parseHead(text: string, server: ServerName): Output[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw answerInvalid(server, `no JSON but "${text.slice(0, 100)}"`, error);
  }
  const outcome = answerSchema.safeParse(value);
  if (outcome.success) return outcome.data.outputs;
  const issue = outcome.error.issues[0];
  throw answerInvalid(server, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'no answer of an inference'}`, outcome.error);
}

function tensorOf(output: Output, port: GraphPort, bytes: Uint8Array | undefined, server: ServerName): Tensor {
  const { name, shape } = output;
  const type = tensorTypeOf(output.datatype);
  if (type === undefined || output.datatype !== port.datatype) {
    throw answerInvalid(server, `the output ${name} is of the type ${output.datatype}, and ${port.datatype} was announced`);
  }
  if (!fits(shape, port.shape))
    throw answerInvalid(server, `the output ${name} has the shape ${shown(shape)}, and ${shown(port.shape)} was announced`);
  const count = valuesOf(shape);
  if (bytes !== undefined) {
    const expected = bytesOf(type, count);
    if (bytes.byteLength === expected) return tensorFromBytes(type, shape, bytes);
    throw answerInvalid(
      server,
      `the output ${name} of shape ${shown(shape)} has ${bytes.byteLength} bytes where ${expected} were expected`,
    );
  }
  // Flat, or nested as the shape is.
  const values = Array.isArray(output.data) ? (output.data.flat(shape.length) as unknown[]) : [];
  if (values.length !== count) throw answerInvalid(server, `the output ${name} of shape ${shown(shape)} has ${values.length} values`);
  const tensor = tensorFromValues(type, shape, values);
  if (tensor === undefined) throw answerInvalid(server, `the output ${name} has values that are no ${output.datatype}`);
  return tensor;
}

/**
 * The outputs in the body of an answer. `headBytes`: length of the JSON in front of binary tensors, undefined where all of it is JSON.
 * Each name, type, shape and size is checked. Throws GRYM_SERVER_ANSWER_INVALID.
 */
export function parseOutputs(body: Buffer, headBytes: number | undefined, metadata: GraphMetadata, server: ServerName): Tensors {
  if (headBytes !== undefined && !(Number.isInteger(headBytes) && headBytes >= 0 && headBytes <= body.byteLength)) {
    throw answerInvalid(server, `an Inference-Header-Content-Length of ${headBytes} in an answer of ${body.byteLength} bytes`);
  }
  let offset = headBytes ?? body.byteLength;
  const outputs = parseHead(body.toString('utf8', 0, offset), server);
  const tensors: Record<string, Tensor> = {};
  for (const output of outputs) {
    const port = metadata.outputs.find(({ name }) => name === output.name);
    if (port === undefined) throw answerInvalid(server, `an output ${output.name} that was not announced`);
    if (Object.hasOwn(tensors, output.name)) throw answerInvalid(server, `the output ${output.name} twice`);
    const size = output.parameters?.binary_data_size;
    const bytes = size === undefined ? undefined : body.subarray(offset, offset + size);
    offset += size ?? 0;
    tensors[output.name] = tensorOf(output, port, bytes, server);
  }
  if (offset !== body.byteLength) throw answerInvalid(server, `${body.byteLength} bytes where its tensors take ${offset}`);
  const missing = metadata.outputs.find(({ name }) => !Object.hasOwn(tensors, name));
  if (missing !== undefined) throw answerInvalid(server, `the output ${missing.name} is missing`);
  return tensors;
}

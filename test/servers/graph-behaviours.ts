import { refuses, sends } from './behaviours.js';
import type { Behaviour } from './conformance-server.js';

/** What the graph of these tests is: two numbers a row in, their sum out. */
export const METADATA = {
  name: 'sum',
  versions: ['1'],
  platform: 'onnxruntime_onnx',
  inputs: [{ name: 'pairs', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'sums', datatype: 'FP32', shape: [-1] }],
};

export interface GraphAnswers {
  readonly ready?: Behaviour;
  readonly server?: Behaviour;
  readonly metadata?: Behaviour;
  readonly infer?: Behaviour;
}

const answersJson = (value: unknown): Behaviour => sends(200, JSON.stringify(value));

/** An Open Inference Protocol server with a graph `sum`, each of whose answers can be another one. */
export function serving(answers: GraphAnswers): Behaviour {
  const { ready = sends(200, ''), server = answersJson({ name: 'test', version: '1', extensions: [] }) } = answers;
  const routes: Readonly<Record<string, Behaviour | undefined>> = {
    '/v2/health/ready': ready,
    '/v2': server,
    '/v2/models/sum': answers.metadata ?? answersJson(METADATA),
    '/v2/models/sum/infer': answers.infer,
  };
  return (request, response) => (routes[request.path] ?? refuses(404, 'no such path'))(request, response);
}

/** Outputs of an inference as JSON. */
export const infers = (...outputs: readonly unknown[]): Behaviour => answersJson({ model_name: 'sum', outputs });

/** Outputs whose values follow the JSON as bytes. */
export function infersBinary(output: unknown, bytes: Uint8Array, headBytes?: number): Behaviour {
  const head = Buffer.from(JSON.stringify({ model_name: 'sum', outputs: [output] }));
  const length = String(headBytes ?? head.byteLength);
  return sends(200, Buffer.concat([head, bytes]), {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': length,
  });
}

export const ADVERTISES_BINARY = answersJson({ name: 'test', version: '1', extensions: ['classification', 'binary_tensor_data'] });

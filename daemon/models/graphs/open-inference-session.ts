import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { z } from 'zod';
import { GrymError, isGrymError, withDeadline } from '../../kernel/index.js';
import type { Tensors } from '../hosts/tensor.js';
import { answerInvalid, readBody, sendRequest, serverName, type HttpAnswer, type HttpRequest, type ServerName } from '../http/index.js';
import type { GraphSession, OpenGraphSession } from './graph-session.js';
import { graphAddress, isGraphAddress, type GraphAddress } from './open-inference-address.js';
import {
  BINARY_EXTENSION,
  checkFeeds,
  checkMetadata,
  inferRequest,
  metadataSchema,
  parseOutputs,
  serverSchema,
  type GraphMetadata,
} from './open-inference-messages.js';
import { CAN_SEND_BINARY } from './open-inference-tensors.js';

export interface RemoteGraphLimits {
  /** Of asking what the server has. */
  readonly openMs: number;
  /** Of one run. The host's own deadline of the whole task ends it earlier where that is shorter. */
  readonly runMs: number;
  /** Of one answer. */
  readonly maximumBytes: number;
}

const LIMITS: RemoteGraphLimits = { openMs: 30_000, runMs: 300_000, maximumBytes: 512_000_000 };
const MAXIMUM_DESCRIPTION_BYTES = 1_000_000;

/** One graph's server, with connections that are kept between the steps of a loop. */
class GraphServer {
  readonly name: ServerName;
  private readonly address: GraphAddress;
  private readonly agent: PlainAgent;

  constructor(
    remote: string,
    private readonly limits: RemoteGraphLimits,
  ) {
    this.name = serverName(remote);
    this.address = graphAddress(remote);
    const options = { keepAlive: true, maxSockets: 4 };
    this.agent = this.address.model.protocol === 'https:' ? new SecureAgent(options) : new PlainAgent(options);
  }

  /** Throws GRYM_SERVER_BUSY where the server is there but not ready. */
  async checkReady(signal: AbortSignal): Promise<void> {
    try {
      await this.body(await this.send({ method: 'GET', url: this.address.ready, signal }), signal, MAXIMUM_DESCRIPTION_BYTES);
    } catch (error) {
      const status = isGrymError(error) ? Number(error.details['status']) : Number.NaN;
      // Triton says 400 where others say 503. Without that address it is no such server.
      if (!(status >= 400) || status === 401 || status === 403 || status === 404) throw error;
      throw new GrymError('GRYM_SERVER_BUSY', { url: this.name.url, status, reason: 'it is not ready yet' }, { cause: error });
    }
  }

  async metadata(signal: AbortSignal): Promise<GraphMetadata> {
    const metadata = await this.describe(this.address.model, metadataSchema, signal);
    checkMetadata(metadata, this.name);
    return metadata;
  }

  async takesBinary(signal: AbortSignal): Promise<boolean> {
    if (!CAN_SEND_BINARY) return false;
    try {
      return (await this.describe(this.address.server, serverSchema, signal)).extensions.includes(BINARY_EXTENSION);
    } catch (error) {
      // Not every server describes itself; JSON is what each one takes.
      if (isGrymError(error, 'GRYM_SERVER_REFUSED') || isGrymError(error, 'GRYM_SERVER_ANSWER_INVALID')) return false;
      throw error;
    }
  }

  async infer(feeds: Tensors, metadata: GraphMetadata, isBinary: boolean, signal: AbortSignal | undefined): Promise<Tensors> {
    checkFeeds(feeds, metadata, this.name);
    const request = inferRequest(feeds, metadata, isBinary);
    return withDeadline({ milliseconds: this.limits.runMs, what: `computing on ${this.name.url}`, signal }, async (within) => {
      const answer = await this.send({ method: 'POST', url: this.address.infer, ...request, signal: within });
      const head = answer.headers['inference-header-content-length'];
      const body = await this.body(answer, within, this.limits.maximumBytes);
      return parseOutputs(body, typeof head === 'string' ? Number(head) : undefined, metadata, this.name);
    });
  }

  /** What is still under way is cut off. */
  release(): void {
    this.agent.destroy();
  }

  private async describe<Schema extends z.ZodType>(url: URL, schema: Schema, signal: AbortSignal): Promise<z.infer<Schema>> {
    const body = await this.body(await this.send({ method: 'GET', url, signal }), signal, MAXIMUM_DESCRIPTION_BYTES);
    let value: unknown;
    try {
      value = JSON.parse(body.toString('utf8'));
    } catch (error) {
      throw answerInvalid(this.name, 'no JSON where it describes itself', error);
    }
    const outcome = schema.safeParse(value);
    if (outcome.success) return outcome.data;
    const issue = outcome.error.issues[0];
    throw answerInvalid(
      this.name,
      `its description is no such one: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
      outcome.error,
    );
  }

  private send(request: Omit<HttpRequest, 'agent'>): Promise<HttpAnswer> {
    return sendRequest({ ...request, agent: this.agent }, this.name);
  }

  private body(answer: HttpAnswer, signal: AbortSignal, maximumBytes: number): Promise<Buffer> {
    return readBody(answer, maximumBytes, this.name, signal);
  }
}

class RemoteGraph implements GraphSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  constructor(
    private readonly server: GraphServer,
    private readonly metadata: GraphMetadata,
    private readonly isBinary: boolean,
  ) {
    this.inputNames = metadata.inputs.map(({ name }) => name);
    this.outputNames = metadata.outputs.map(({ name }) => name);
  }

  run(feeds: Tensors, signal?: AbortSignal): Promise<Tensors> {
    return this.server.infer(feeds, this.metadata, this.isBinary, signal);
  }

  async release(): Promise<void> {
    this.server.release();
  }
}

/**
 * Opens graphs on Open Inference Protocol v2 servers (KServe, Triton, OpenVINO): tensors in binary form where the server offers the extension
 * `binary_tensor_data`, as JSON else. Sessions throw GRYM_SERVER_*, GRYM_DEADLINE_EXCEEDED, GRYM_CANCELLED.
 */
export function createRemoteGraphOpener(limits: Partial<RemoteGraphLimits> = {}): OpenGraphSession {
  const all = { ...LIMITS, ...limits };
  return async (_file, { remote }) => {
    if (remote === undefined || !isGraphAddress(remote)) {
      throw new GrymError('GRYM_CONFIGURATION_INVALID', { problems: `remoteGraphs: no address of a graph: "${remote ?? ''}".` });
    }
    const server = new GraphServer(remote, all);
    try {
      return await withDeadline({ milliseconds: all.openMs, what: `opening the graph on ${server.name.url}` }, async (signal) => {
        await server.checkReady(signal);
        const metadata = await server.metadata(signal);
        return new RemoteGraph(server, metadata, await server.takesBinary(signal));
      });
    } catch (error) {
      server.release();
      throw error;
    }
  };
}

export const openRemoteGraph: OpenGraphSession = createRemoteGraphOpener();

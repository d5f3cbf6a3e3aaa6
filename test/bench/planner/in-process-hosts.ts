// The runner of llama in the bench's own process: the bench measures plans, not processes.
import { cancelledError, GrymError, type JsonObject } from '../../../daemon/kernel/index.js';
import type { HostedModel, ModelHosts } from '../../../daemon/models/hosts/model-hosts.js';
import type { ModelRunner } from '../../../daemon/models/hosts/model-runner.js';
import { runner } from '../../../daemon/models/llama/runner.js';

export interface InProcessHosts extends Pick<ModelHosts, 'call'> {
  readonly model: HostedModel;
  dispose(): Promise<void>;
}

/** @param onAnswer what came of each task, with its parameters */
export async function openInProcessHosts(
  path: string,
  threads: number,
  onAnswer: (params: JsonObject, result: unknown) => void = () => undefined,
): Promise<InProcessHosts> {
  const loaded: ModelRunner = await runner.load({ path, threads, remoteGraphs: {} });
  const model: HostedModel = { provider: 'llama', modelId: 'bench', kind: 'llama', settings: { path, remoteGraphs: {} }, memoryBytes: 0 };
  return {
    model,
    call: async (_model, { task, params, what, deadlineMs, signal, onProgress, onEvent }) => {
      const late = AbortSignal.timeout(deadlineMs);
      const io = {
        signal: AbortSignal.any([signal, late]),
        progress: (fraction: number, stage: string) => onProgress?.(fraction, stage),
        emit: (event: JsonObject) => onEvent?.(event),
      };
      try {
        const { result, tensors } = await loaded.run(task, params, {}, io);
        onAnswer(params, result);
        return { result, tensors, retries: 0 };
      } catch (error) {
        if (signal.aborted) throw cancelledError(signal, what);
        if (late.aborted) throw new GrymError('GRYM_DEADLINE_EXCEEDED', { what, milliseconds: deadlineMs });
        throw error;
      }
    },
    dispose: () => loaded.dispose(),
  };
}

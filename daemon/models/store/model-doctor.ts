import { join } from 'node:path';
import { z } from 'zod';
import { GrymError, isGrymError, messageOf, toGrymError, type Clock, type GrymError as AnyGrymError } from '../../kernel/index.js';
import type { HostedModel, ModelHosts } from '../hosts/model-hosts.js';
import { sha256OfFile } from './durable-files.js';
import type { FileModelStore } from './file-model-store.js';
import type { InstalledModel } from './installed-model.js';
import type { ModelFile } from './model-manifest.js';

/** Loading a large planner from a slow disk, and one small computation on a weak machine. */
const PROBE_DEADLINE_MS = 300_000;
const SERVER_DEADLINE_MS = 60_000;

/** A server that is configured for a role, and how to try it. */
export interface ServerToProbe {
  /** `planner`, `listener`, … */
  readonly role: string;
  readonly address: string;
  /** Answers with one sentence for each thing that works; rejects as the client of that server does. */
  readonly probe: (signal: AbortSignal) => Promise<readonly string[]>;
}

/** What one model or server showed. */
export interface Finding {
  readonly state: 'works' | 'damaged' | 'fails';
  /** One sentence for each part that works. */
  readonly works: readonly string[];
  /** Of loading and computing, or of asking the server. */
  readonly milliseconds: number;
  /** Of the host's process while the model was loaded; 0 where that is not known. */
  readonly residentBytes: number;
  readonly error: AnyGrymError | null;
}

export interface DoctorOptions {
  readonly store: FileModelStore;
  readonly hosts: Pick<ModelHosts, 'call' | 'views'>;
  readonly hosted: (model: InstalledModel) => HostedModel;
  readonly servers: () => readonly ServerToProbe[];
  readonly clock: Clock;
}

const probeSchema = z.looseObject({ works: z.array(z.string()) });

/** Tries what is installed. */
export class ModelDoctor {
  constructor(private readonly options: DoctorOptions) {}

  get servers(): readonly ServerToProbe[] {
    return this.options.servers();
  }

  /** Hashes, then one run in a host. Rejects with GRYM_CANCELLED only; all else is a finding. */
  async examine(model: InstalledModel, signal: AbortSignal, onProgress: (fraction: number, stage: string) => void): Promise<Finding> {
    const start = this.options.clock.monotonicMs();
    try {
      await this.checkFiles(model, signal, (fraction) => onProgress(fraction / 2, `checking the files of ${model.id}`));
    } catch (error) {
      return this.failed('damaged', error, start);
    }
    onProgress(0.5, `loading ${model.id}`);
    const begun = this.options.clock.monotonicMs();
    try {
      const { hosts, hosted } = this.options;
      const { result } = await hosts.call(hosted(model), {
        ...{ task: 'probe', params: {}, what: `trying the model ${model.id}`, deadlineMs: PROBE_DEADLINE_MS, signal },
        onProgress: (fraction, stage) => onProgress(0.5 + fraction / 2, `${model.id}: ${stage}`),
      });
      const residentBytes = hosts.views().find(({ modelId }) => modelId === model.id)?.residentBytes ?? 0;
      const { works } = probeSchema.parse(result);
      return { state: 'works', works, milliseconds: this.options.clock.monotonicMs() - begun, residentBytes, error: null };
    } catch (error) {
      return this.failed('fails', error, begun);
    }
  }

  async ask(server: ServerToProbe, signal: AbortSignal): Promise<Finding> {
    const start = this.options.clock.monotonicMs();
    try {
      const works = await server.probe(AbortSignal.any([signal, AbortSignal.timeout(SERVER_DEADLINE_MS)]));
      return { state: 'works', works, milliseconds: this.options.clock.monotonicMs() - start, residentBytes: 0, error: null };
    } catch (error) {
      if (signal.aborted) throw error;
      return this.failed('fails', error, start);
    }
  }

  private failed(state: 'damaged' | 'fails', error: unknown, startMs: number): Finding {
    if (isGrymError(error) && (error.kind === 'cancelled' || error.code === 'GRYM_SHUTTING_DOWN')) throw error;
    const known =
      error instanceof z.ZodError ? new GrymError('GRYM_INTERNAL', { reason: `a probe answered ${messageOf(error)}` }) : toGrymError(error);
    return { state, works: [], milliseconds: this.options.clock.monotonicMs() - startMs, residentBytes: 0, error: known };
  }

  private async checkFiles(model: InstalledModel, signal: AbortSignal, onFraction: (fraction: number) => void): Promise<void> {
    const { store } = this.options;
    const manifest = store.manifest(model.id);
    if (manifest === null)
      throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path: store.folderOf(model.id), reason: 'it has changed meanwhile' });
    const total = Math.max(
      1,
      manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    let done = 0;
    const onBytes = (count: number): void => onFraction((done += count) / total);
    for (const file of manifest.files) await this.checkFile(model.id, file, { signal, onBytes });
  }

  private async checkFile(
    model: string,
    { path, sha256 }: ModelFile,
    { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (count: number) => void },
  ): Promise<void> {
    const what = `checking the files of ${model}`;
    const found = await sha256OfFile(join(this.options.store.folderOf(model), path), { signal, what, onBytes });
    if (found === sha256) return;
    const reason = `its SHA-256 is ${found}, and ${sha256} was installed`;
    throw new GrymError('GRYM_MODEL_FILE_DAMAGED', { file: path, model, reason });
  }
}

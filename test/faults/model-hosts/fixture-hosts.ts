import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createLogger, findPackageRoot, systemClock, systemTimers } from '../../../daemon/kernel/index.js';
import { createModelHosts, type ModelHostsOptions } from '../../../daemon/models/hosts/create-model-hosts.js';
import type { HostedModel, ModelCall, ModelHosts, ModelReply } from '../../../daemon/models/hosts/model-hosts.js';
import { LocalLedger } from '../../../daemon/resources/index.js';

const MEBIBYTE = 2 ** 20;

/** The small AudioLDM of the tests: real geometry, random weights. */
export const FIXTURE: HostedModel = {
  provider: 'audioldm',
  modelId: 'audioldm-mini',
  kind: 'audioldm',
  settings: { path: join(findPackageRoot(), 'test/fixtures/models/audioldm-mini'), remoteGraphs: {} },
  memoryBytes: 200 * MEBIBYTE,
};

export interface Generating {
  readonly seconds: number;
  readonly steps: number;
  readonly seed: number;
}

export function generating({ seconds, steps, seed }: Generating, more: Partial<ModelCall> = {}): ModelCall {
  const params = { prompt: 'warm pad', seed, steps, seconds, output: { sampleRate: 48_000, frames: Math.round(seconds * 48_000) } };
  return { task: 'generate', params, what: 'generating', deadlineMs: 300_000, signal: new AbortController().signal, ...more };
}

/** Of all samples of a reply: the same seed gives the same digest, whatever happened on the way. */
export function digestOf({ tensors }: ModelReply): string {
  const hash = createHash('sha256');
  for (const [name, { data }] of Object.entries(tensors))
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

export interface FixtureHosts {
  readonly hosts: ModelHosts;
  readonly ledger: LocalLedger;
}

export function startFixtureHosts(options: Partial<ModelHostsOptions> = {}): FixtureHosts {
  const ledger = new LocalLedger({ budget: { threads: 2, memoryBytes: 1_000 * MEBIBYTE } });
  const hosts = createModelHosts({
    ...{ ledger, clock: systemClock, timers: systemTimers, threads: 1, maximumHosts: 2, idleMs: 600_000 },
    logger: createLogger({ level: 'silent', format: 'json' }),
    ...options,
  });
  return { hosts, ledger };
}

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger, systemClock, systemTimers, type JsonObject } from '../../../../../daemon/kernel/index.js';
import { createModelHosts, type ModelHostsOptions } from '../../../../../daemon/models/hosts/create-model-hosts.js';
import type { HostEvent } from '../../../../../daemon/models/hosts/host-events.js';
import type { HostedModel, ModelCall, ModelHosts } from '../../../../../daemon/models/hosts/model-hosts.js';
import { LocalLedger } from '../../../../../daemon/resources/index.js';

const here = dirname(fileURLToPath(import.meta.url));
export const TEST_RUNNER = join(here, 'test-runner.mjs');
const MEBIBYTE = 2 ** 20;

/** `path`: its last part makes the test runner's loading special. */
export function testModel(modelId = 'test-model', path = '/nowhere', memoryBytes = 100 * MEBIBYTE): HostedModel {
  return { provider: 'test', modelId, kind: 'clap', settings: { path, remoteGraphs: {} }, memoryBytes };
}

export function testCall(task: string, params: JsonObject = {}, more: Partial<ModelCall> = {}): ModelCall {
  return { task, params, what: `testing ${task}`, deadlineMs: 20_000, signal: new AbortController().signal, ...more };
}

export interface TestHosts {
  readonly hosts: ModelHosts;
  readonly ledger: LocalLedger;
  readonly events: HostEvent[];
  readonly log: string[];
}

const started: ModelHosts[] = [];

export function startHosts(options: Partial<ModelHostsOptions> & { readonly budgetBytes?: number } = {}): TestHosts {
  const { budgetBytes = 1_000 * MEBIBYTE, ...others } = options;
  const log: string[] = [];
  const events: HostEvent[] = [];
  const ledger = new LocalLedger({ budget: { threads: 2, memoryBytes: budgetBytes } });
  const hosts = createModelHosts({
    ...{ ledger, clock: systemClock, timers: systemTimers, threads: 1, maximumHosts: 1, idleMs: 60_000, random: () => 0 },
    logger: createLogger({ level: 'debug', format: 'json', write: (line) => log.push(line) }),
    runnerModules: { clap: TEST_RUNNER },
    onEvent: (event) => events.push(event),
    ...others,
  });
  started.push(hosts);
  return { hosts, ledger, events, log };
}

/** For afterEach. */
export async function endHosts(): Promise<void> {
  await Promise.all(started.splice(0).map((hosts) => hosts.dispose()));
}

/** Processes whose parent is this one. */
export function childrenOf(processId: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => {
      try {
        const [, fields] = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ');
        const [state, parent] = (fields ?? '').split(' ');
        return state !== 'Z' && Number(parent) === processId;
      } catch {
        return false;
      }
    });
}

export function isAlive(processId: number): boolean {
  try {
    return readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') === false;
  } catch {
    return false;
  }
}

/** Polls what nobody announces, such as the end of a process that is not ours. */
export async function until(what: string, holds: () => boolean, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

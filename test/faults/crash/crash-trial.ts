import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageRoot, type Failpoint } from '../../../daemon/kernel/index.js';
import type { CampaignRequest } from '../../daemon/workflow/campaign-steps/campaign-requests.js';

export const DELIVERIES_FILE = 'deliveries.jsonl';
export const DATABASE_FILE = 'grym.sqlite';

export const CHILD = 'test/faults/crash/crash-child.ts';

export interface HowToKill {
  readonly failpoint?: `${Failpoint}=kill${string}`;
  /** Counted from when its modules are loaded: openings of the journal and recoveries are killed too. */
  readonly killAfterMs?: number;
  readonly finishedRunsKept?: number;
  readonly deadlineMs?: number;
}

export interface ChildOutcome {
  readonly killed: boolean;
  readonly finished: boolean;
  readonly accepted: readonly string[];
  /** What went wrong, where it ended otherwise. */
  readonly errors: string;
}

/** Runs the child until it ends by itself, by its failpoint or by the kill, at most `deadlineMs`. */
export function runChild(program: string, folder: string, requests: readonly CampaignRequest[], how: HowToKill): Promise<ChildOutcome> {
  const { deadlineMs = 60_000 } = how;
  mkdirSync(folder, { recursive: true });
  const requestsFile = join(folder, 'requests.json');
  writeFileSync(requestsFile, JSON.stringify(requests));
  const words = how.finishedRunsKept === undefined ? [] : [String(how.finishedRunsKept)];
  const child = spawn(process.execPath, [program, folder, requestsFile, ...words], {
    cwd: findPackageRoot(),
    env: { ...process.env, NODE_OPTIONS: '', GRYM_FAILPOINTS: how.failpoint ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  let late = false;
  let killTimer: NodeJS.Timeout | undefined;
  const deadline = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, deadlineMs);
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    if (how.killAfterMs !== undefined && output.includes('booted')) killTimer ??= setTimeout(() => child.kill('SIGKILL'), how.killAfterMs);
  });
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(deadline);
      clearTimeout(killTimer);
      const accepted = [...output.matchAll(/^accepted (.+)$/gm)].map(([, key]) => key ?? '');
      const finished = code === 0 && output.includes('finished');
      const killed = signal === 'SIGKILL' && !late;
      const trouble = late ? `the child had not ended after ${deadlineMs} ms; it had accepted ${accepted.length} runs\n${errors}` : errors;
      resolve({ killed, finished, accepted, errors: killed || finished ? errors : `${trouble} (exit ${code ?? signal ?? ''})` });
    });
  });
}

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { findPackageRoot, type Failpoint } from '../../../daemon/kernel/index.js';
import type { CampaignRequest } from '../../daemon/workflow/campaign-steps/campaign-requests.js';

export const DELIVERIES_FILE = 'deliveries.jsonl';
export const DATABASE_FILE = 'grym.sqlite';
export const CHILD = 'test/faults/crash/crash-child.ts';

const DEADLINE_MS = 60_000;

export interface HowToKill {
  readonly failpoint?: `${Failpoint}=kill${string}`;
  /** Counted from when it is told what to do: openings of the journal and recoveries are killed too. */
  readonly killAfterMs?: number;
  readonly finishedRunsKept?: number;
  readonly cancelled?: readonly string[];
  readonly deadlineMs?: number;
}

/** What a child is told, as one line of JSON. */
export interface ChildOrder {
  readonly folder: string;
  readonly requests: readonly CampaignRequest[];
  readonly failpoints: string;
  readonly finishedRunsKept: number | null;
  /** Request keys of runs that earlier children said they had cancelled. */
  readonly cancelled: readonly string[];
}

export interface ChildOutcome {
  readonly killed: boolean;
  readonly finished: boolean;
  readonly accepted: readonly string[];
  readonly cancelled: readonly string[];
  /** Runs that were cancelled, and that go on in this child. */
  readonly uncancelled: readonly string[];
  /** What went wrong, where it ended otherwise. */
  readonly errors: string;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts children. While one runs, the next one loads its modules already and waits to be told what to do. */
export class Children {
  private standby: Child | undefined;

  constructor(private readonly program: string) {
    this.standby = this.spawn();
  }

  /** Runs a child until it ends by itself, by its failpoint or by the kill. */
  async run(folder: string, requests: readonly CampaignRequest[], how: HowToKill = {}): Promise<ChildOutcome> {
    mkdirSync(folder, { recursive: true });
    const child = this.standby ?? this.spawn();
    const { failpoint = '', finishedRunsKept = null, cancelled = [] } = how;
    const outcome = watch(child, { folder, requests, failpoints: failpoint, finishedRunsKept, cancelled }, how);
    this.standby = this.spawn();
    return outcome;
  }

  dispose(): void {
    this.standby?.kill('SIGKILL');
    this.standby = undefined;
  }

  private spawn(): Child {
    return spawn(process.execPath, [this.program], {
      cwd: findPackageRoot(),
      env: { ...process.env, NODE_OPTIONS: '', GRYM_FAILPOINTS: '' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }
}

function watch(child: Child, order: ChildOrder, { killAfterMs, deadlineMs = DEADLINE_MS }: HowToKill): Promise<ChildOutcome> {
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
    if (killAfterMs !== undefined && output.includes('begun')) killTimer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  });
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  child.stdin.on('error', (error) => (errors += error.message));
  child.stdin.end(`${JSON.stringify(order)}\n`);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(deadline);
      clearTimeout(killTimer);
      const told = (word: string): string[] => [...output.matchAll(new RegExp(`^${word} (.+)$`, 'gm'))].map(([, key]) => key ?? '');
      const [accepted, cancelled, uncancelled] = [told('accepted'), told('cancelled'), told('uncancelled')];
      const finished = code === 0 && output.includes('finished');
      const killed = signal === 'SIGKILL' && !late;
      const trouble = late ? `the child had not ended after ${deadlineMs} ms; it had accepted ${accepted.length} runs\n${errors}` : errors;
      resolve({
        killed,
        finished,
        accepted,
        cancelled,
        uncancelled,
        errors: killed || finished ? errors : `${trouble} (exit ${code ?? signal ?? ''})`,
      });
    });
  });
}

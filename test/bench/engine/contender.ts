// One engine under measurement, in a process of its own: its heap, its just-in-time code and its event loop are not shared with others.
import { fork, type ChildProcess } from 'node:child_process';

export interface Contender {
  /** Runs one chain of `steps` no-op steps in `folder` and returns the moments (milliseconds, monotonic) at which each step's body ran. */
  round(steps: number): Promise<Round>;
  close(): Promise<void> | void;
}

export interface Round {
  readonly startedAtMs: readonly number[];
  /** From the request to the news of the end. */
  readonly wholeMs: number;
}

interface Ask {
  readonly steps: number;
}

type Answer = { readonly round: Round } | { readonly ready: true } | { readonly error: string };

const send = (answer: Answer): void => {
  process.send?.(answer);
};

/** The body of a contender's program. Started by itself, without a parent (for a profiler), it runs the rounds its arguments ask for. */
export async function serveContender(open: (folder: string) => Promise<Contender>): Promise<void> {
  const [folder = '', steps = '1000', rounds = '5'] = process.argv.slice(2);
  const contender = await open(folder);
  if (process.send === undefined) {
    for (let index = 0; index < Number(rounds); index += 1) {
      const { startedAtMs } = await contender.round(Number(steps));
      console.log(
        `p50 ${quantile(intervals(startedAtMs), 0.5).toFixed(3)} ms, p99 ${quantile(intervals(startedAtMs), 0.99).toFixed(3)} ms`,
      );
    }
    await contender.close();
    return;
  }
  process.on('message', ({ steps: asked }: Ask) => {
    contender.round(asked).then(
      (round) => send({ round }),
      (error: unknown) => send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => {
    void Promise.resolve(contender.close()).then(() => process.exit(0));
  });
  send({ ready: true });
}

export class ContenderProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async start(program: string, folder: string): Promise<ContenderProcess> {
    const child = fork(program, [folder], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const contender = new ContenderProcess(child);
    await contender.answer();
    return contender;
  }

  async round(steps: number): Promise<Round> {
    const answered = this.answer();
    this.child.send({ steps } satisfies Ask);
    const answer = await answered;
    if (!('round' in answer)) throw new Error('error' in answer ? answer.error : 'the contender answered out of turn');
    return answer.round;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.disconnect();
    });
  }

  private answer(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const gone = (code: number | null): void => reject(new Error(`${this.child.spawnargs.join(' ')} ended with ${code}`));
      this.child.once('exit', gone);
      this.child.once('message', (message) => {
        this.child.off('exit', gone);
        resolve(message as Answer);
      });
    });
  }
}

/** From each step's body to the next one's: all that the engine does between two steps. */
export function intervals(startedAtMs: readonly number[]): number[] {
  return startedAtMs.slice(1).map((time, index) => time - (startedAtMs[index] ?? Number.NaN));
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

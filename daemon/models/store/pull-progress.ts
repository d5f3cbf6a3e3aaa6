/** Bytes and times of the last moments: what a rate is taken from. */
interface Sample {
  readonly atMs: number;
  readonly received: number;
}

const RATE_WINDOW_MS = 5_000;
const INTERVAL_MS = 250;
/** Before this the rate means nothing. */
const FIRST_RATE_MS = 500;

export interface PullProgressOptions {
  readonly totalBytes: number;
  readonly nowMs: () => number;
  /** 0 … 1, and a line such as "onnx/model.onnx · 120.4 of 377.9 MB, 12.3 MB/s, 21 s left". */
  readonly report: (fraction: number, stage: string) => void;
}

/** How far a pull is, in words, at most four times a second. Only what arrives now counts for the rate, not what was there already. */
export class PullProgress {
  private readonly there = new Map<string, number>();
  private samples: Sample[] = [];
  private received = 0;
  private path = '';
  private doing = '';
  private lastMs = -Infinity;

  constructor(private readonly options: PullProgressOptions) {}

  stage(path: string, what: string): void {
    const changed = path !== this.path || what !== this.doing;
    this.path = path;
    this.doing = what;
    if (changed) this.tell(true);
  }

  bytes(path: string, bytes: number): void {
    const before = this.there.get(path);
    this.there.set(path, bytes);
    if (before !== undefined && bytes > before) this.received += bytes - before;
    this.tell(false);
  }

  get arrivedBytes(): number {
    return [...this.there.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Bytes that this pull has fetched itself. */
  get receivedBytes(): number {
    return this.received;
  }

  private tell(atOnce: boolean): void {
    const now = this.options.nowMs();
    if (!atOnce && now - this.lastMs < INTERVAL_MS) return;
    this.lastMs = now;
    this.samples = [...this.samples.filter(({ atMs }) => now - atMs <= RATE_WINDOW_MS), { atMs: now, received: this.received }];
    const { totalBytes, report } = this.options;
    const arrived = this.arrivedBytes;
    report(totalBytes === 0 ? 0 : arrived / totalBytes, this.words(arrived, now));
  }

  private words(arrived: number, now: number): string {
    const head = this.doing === 'fetching' ? this.path : `${this.doing} ${this.path}`;
    const parts = [`${megabytes(arrived)} of ${megabytes(this.options.totalBytes)} MB`];
    const rate = this.doing === 'fetching' ? this.rate(now) : 0;
    if (rate > 0) parts.push(`${megabytes(rate)} MB/s`, `${timeLeft((this.options.totalBytes - arrived) / rate)} left`);
    return `${head} · ${parts.join(', ')}`;
  }

  /** Bytes a second. */
  private rate(now: number): number {
    const [first] = this.samples;
    if (first === undefined || now - first.atMs < FIRST_RATE_MS) return 0;
    return ((this.received - first.received) / (now - first.atMs)) * 1_000;
  }
}

export function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

function timeLeft(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

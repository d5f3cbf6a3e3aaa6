import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { systemClock, systemTimers, type Clock, type Disposable, type Logger, type Timers } from '../kernel/index.js';
import { delayOf, measuredBy } from './event-loop-histogram.js';
import type { BlockView, EventLoopView, MonitoringView } from './monitoring-view.js';

/** What no model work may hold up the event loop for longer than. */
export const BLOCK_LIMIT_MS = 20;

const RESOLUTION_MS = 2;
const SLICE_MS = 5_000;
const SLICES = 12;
/** Further names are counted together. */
const MAXIMUM_NAMES = 64;
const OTHERS = 'others';

export interface EventLoopMonitorOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly timers?: Timers;
}

/** Measures how late this thread's event loop is, and who held it up. Costs about 500 short timer calls a second, in native code. */
export class EventLoopMonitor implements MonitoringView, Disposable {
  private readonly whole = started();
  private readonly slice = started();
  /** The last minute but for the slice under way, oldest first. */
  private readonly slices: ReturnType<typeof measuredBy>[] = [];
  private readonly blocks = new Map<string, { count: number; longestMs: number }>();
  private readonly clock: Clock;
  private readonly timers: Timers;
  private stopTimer: () => void = () => undefined;

  constructor(private readonly options: EventLoopMonitorOptions) {
    this.clock = options.clock ?? systemClock;
    this.timers = options.timers ?? systemTimers;
    this.armSlice();
  }

  /** Runs `work` on this thread. Where it blocks for more than 20 ms, that is counted under its name, and logged. */
  measure<T>(name: string, work: () => T): T {
    const startMs = this.clock.monotonicMs();
    try {
      return work();
    } finally {
      this.note(name, this.clock.monotonicMs() - startMs);
    }
  }

  eventLoop(): EventLoopView {
    const lastMinute = [...this.slices, measuredBy(this.slice)];
    return {
      sinceStart: delayOf([measuredBy(this.whole)], RESOLUTION_MS),
      lastMinute: delayOf(lastMinute, RESOLUTION_MS),
      blocks: [...this.blocks].map(([name, block]): BlockView => ({ name, ...block })),
    };
  }

  /** Forgets what was measured so far: a start loads much at once, and nobody is served yet. */
  forget(): void {
    this.whole.reset();
    this.slice.reset();
    this.slices.splice(0);
    this.blocks.clear();
  }

  dispose(): void {
    this.stopTimer();
    this.whole.disable();
    this.slice.disable();
  }

  private note(name: string, milliseconds: number): void {
    if (milliseconds <= BLOCK_LIMIT_MS) return;
    const key = this.blocks.has(name) || this.blocks.size < MAXIMUM_NAMES ? name : OTHERS;
    const { count, longestMs } = this.blocks.get(key) ?? { count: 0, longestMs: 0 };
    this.blocks.set(key, { count: count + 1, longestMs: Math.max(longestMs, milliseconds) });
    this.options.logger.warn('The event loop was held up', { by: name, milliseconds: Math.round(milliseconds), limit: BLOCK_LIMIT_MS });
  }

  private armSlice(): void {
    this.stopTimer = this.timers.after(SLICE_MS, () => this.nextSlice(), { unref: true });
  }

  private nextSlice(): void {
    this.slices.push(measuredBy(this.slice));
    if (this.slices.length >= SLICES) this.slices.shift();
    this.slice.reset();
    this.armSlice();
  }
}

function started(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

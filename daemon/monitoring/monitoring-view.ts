import type { LoopDelay } from './event-loop-histogram.js';

/** Work of one name that held up the event loop for more than 20 ms. */
export interface BlockView {
  readonly name: string;
  readonly count: number;
  readonly longestMs: number;
}

export interface EventLoopView {
  readonly sinceStart: LoopDelay;
  readonly lastMinute: LoopDelay;
  readonly blocks: readonly BlockView[];
}

/** What the daemon tells of itself. */
export interface MonitoringView {
  eventLoop(): EventLoopView;
}

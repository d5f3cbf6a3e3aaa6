export type { LoopDelay } from './event-loop-histogram.js';
export { BLOCK_LIMIT_MS, EventLoopMonitor, type EventLoopMonitorOptions } from './event-loop-monitor.js';
export type { BlockView, EventLoopView, MonitoringView } from './monitoring-view.js';

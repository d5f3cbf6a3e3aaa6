export { runInForeground, type ForegroundOptions } from './run-in-foreground.js';
export type { RunningDaemon, StartDaemon } from './running-daemon.js';

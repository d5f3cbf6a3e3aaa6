export { askDaemon, type AskOptions } from './ask-daemon.js';
export { runCommandLine, type CommandLineOptions } from './command-line.js';
export { EXIT_CODES, exitCodeOf, toWireError } from './exit-codes.js';
export { present } from './presenters/index.js';
export { ProgressLine } from './progress-line.js';
export { processTerminal, type Terminal } from './terminal.js';

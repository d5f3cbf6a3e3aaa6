export { parseStartFlags, startHelp, type StartRequest } from './flags.js';
export { nextStepsText, pluginText, readyText, type ReadyFacts } from './messages.js';

// The npm that belongs to this call: the one that started us, else the one in PATH.
import { basename } from 'node:path';
import { outputOf } from './commands.mjs';

/** Command and leading arguments. */
export function npmCommand(environment = process.env) {
  const started = environment.npm_execpath;
  return started && basename(started) === 'npm-cli.js' ? [process.execPath, started] : ['npm'];
}

/** npm's nodedir setting, from its configuration files or the environment; undefined where there is none. */
export function npmNodeDirectory(environment = process.env) {
  const inherited = environment.npm_config_nodedir;
  if (inherited) return inherited;
  const [command, ...leading] = npmCommand(environment);
  const answer = outputOf(command, [...leading, 'config', 'get', 'nodedir'])?.trim();
  return answer && answer !== 'undefined' && answer !== 'null' ? answer : undefined;
}

import { readFileSync, statSync } from 'node:fs';
import { GrymError, messageOf, type SettingName } from '../../kernel/index.js';

const MAXIMUM_KEY_BYTES = 10_000;

function readKey(path: string): string {
  const { size } = statSync(path);
  if (size > MAXIMUM_KEY_BYTES) throw new RangeError(`it is ${size} bytes long, and no key is`);
  const key = readFileSync(path, 'utf8').trim();
  if (key === '') throw new RangeError('it is empty');
  return key;
}

/** The key in the file that a setting names; undefined where the setting is empty. Throws GRYM_CONFIGURATION_INVALID, without the key. */
export function readKeyFile(setting: SettingName, path: string): string | undefined {
  if (path === '') return undefined;
  try {
    return readKey(path);
  } catch (error) {
    const problems = `${setting}: expected a file with the key of the server, but ${path} cannot be used: ${messageOf(error)}.`;
    throw new GrymError('GRYM_CONFIGURATION_INVALID', { problems }, { cause: error });
  }
}

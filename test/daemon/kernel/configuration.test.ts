import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultRuntimeFolder, loadConfiguration, type ConfigurationFlags } from '../../../daemon/kernel/index.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';
import { thrownBy } from '../doubles/thrown-by.js';

const folder = temporaryFolders();

function load(
  given: { file?: unknown; environment?: Record<string, string>; flags?: ConfigurationFlags } = {},
): ReturnType<typeof loadConfiguration> {
  const home = folder();
  if (given.file !== undefined) {
    const path = join(home, '.config/grym-synth/config.json');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof given.file === 'string' ? given.file : JSON.stringify(given.file));
  }
  return loadConfiguration({ environment: { HOME: home, ...given.environment }, ...(given.flags && { flags: given.flags }) });
}

describe('the places of files', () => {
  test('come from the XDG folders', () => {
    const { paths } = load({ environment: { XDG_DATA_HOME: '/data', XDG_RUNTIME_DIR: '/run/user/1' } });
    expect(paths).toEqual({
      dataFolder: '/data/grym-synth',
      clipFolder: '/data/grym-synth/clips',
      databaseFile: '/data/grym-synth/grym.sqlite',
      runtimeFolder: '/run/user/1/grym-synth',
      daemonFile: '/run/user/1/grym-synth/daemon.json',
      tokenFile: '/run/user/1/grym-synth/token',
    });
  });

  test('have defaults where XDG is silent or, against its specification, relative', () => {
    const environment = { HOME: '/home/anna', XDG_DATA_HOME: 'data' };
    expect(loadConfiguration({ environment }).dataFolder).toBe('/home/anna/.local/share/grym-synth');
    expect(defaultRuntimeFolder({})).toBe(`/tmp/grym-synth-${String(process.getuid?.())}`);
  });
});

describe('precedence', () => {
  test('is flag, environment, file, default', () => {
    const file = { port: 1001, logLevel: 'warn', sampleRate: 96_000 };
    const environment = { GRYM_PORT: '1002', GRYM_LOG_LEVEL: 'error' };
    const configuration = load({ file, environment, flags: { port: '1003' } });
    expect(configuration).toMatchObject({ port: 1003, logLevel: 'error', sampleRate: 96_000, maximumWaitingRuns: 32 });
    expect(configuration.file).toMatch(/config\.json$/);
    expect(configuration.given).toEqual(new Set(['port', 'logLevel', 'sampleRate']));
  });

  test('passes over an empty environment variable and an absent flag', () => {
    expect(load({ environment: { GRYM_PORT: '' }, flags: { port: undefined } })).toMatchObject({
      port: 14_796,
      file: null,
      given: new Set(),
    });
  });
});

const mistakes: [string, Parameters<typeof load>[0], string][] = [
  ['a text for a number', { flags: { port: 'ten' } }, 'port from the flag --port: expected a number, got "ten".'],
  [
    'a number out of range',
    { environment: { GRYM_PORT: '70000' } },
    'port from the environment variable GRYM_PORT: expected at most 65535, got 70000.',
  ],
  ['a number below range', { flags: { sampleRate: '100' } }, 'sampleRate from the flag --sample-rate: expected at least 8000, got 100.'],
  ['half a port', { flags: { port: '1.5' } }, 'port from the flag --port: expected a whole number, got 1.5.'],
  ['an unknown word', { environment: { GRYM_LOG_LEVEL: 'loud' } }, 'expected one of debug, info, warn, error, silent, got "loud".'],
  ['a relative folder', { flags: { dataFolder: 'music' } }, 'dataFolder from the flag --data-dir: must be an absolute path, got "music".'],
  ['an empty flag', { flags: { dataFolder: '' } }, 'dataFolder from the flag --data-dir: expected a text that is not empty, got "".'],
  ['a wrong type in the file', { file: { port: '80' } }, '/config.json: expected a number, got "80".'],
  ['null in the file', { file: { logFormat: null } }, '/config.json: expected one of json, plain, got null.'],
  ['an unknown setting in the file', { file: { prot: 1 } }, 'Unknown setting "prot" in '],
];
test.each(mistakes)('%s is reported in one sentence with its place', (_, given, sentence) => {
  expect(thrownBy(() => load(given))).toMatchObject({
    code: 'GRYM_CONFIGURATION_INVALID',
    message: expect.stringContaining(sentence) as string,
  });
});

test('all mistakes are reported at once', () => {
  expect(() => load({ environment: { GRYM_PORT: 'x' }, flags: { logFormat: 'xml' } })).toThrow(/GRYM_PORT.*--log-format/);
});

test.each([
  ['not JSON', '{port: 1}', /it is not JSON/],
  ['no object', '[1]', /expected one JSON object/],
])('a file that is %s is reported with its path', (_, file, pattern) => {
  expect(thrownBy(() => load({ file }))).toMatchObject({
    code: 'GRYM_CONFIGURATION_UNREADABLE',
    message: expect.stringMatching(pattern) as string,
  });
});

test('a file that was named must exist', () => {
  const environment = { GRYM_CONFIG: join(folder(), 'absent.json') };
  expect(thrownBy(() => loadConfiguration({ environment }))).toMatchObject({ code: 'GRYM_CONFIGURATION_UNREADABLE' });
});

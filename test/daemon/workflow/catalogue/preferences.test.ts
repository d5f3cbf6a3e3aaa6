import { createLogger } from '../../../../daemon/kernel/index.js';
import { Capabilities } from '../../../../daemon/workflow/index.js';
import { openPreferences } from '../../../../daemon/workflow/catalogue/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';

const TEXT_TO_AUDIO = 'generate.audio.from-text';
const temporaryFolder = temporaryFolders();
const logger = createLogger({ level: 'silent', format: 'plain' });
const names = (capabilities: Capabilities): string[] => capabilities.providers(TEXT_TO_AUDIO).map(({ provider }) => provider);

function withThree(options: ConstructorParameters<typeof Capabilities>[0] = {}): Capabilities {
  const capabilities = new Capabilities(options);
  capabilities.register(TEXT_TO_AUDIO, { provider: 'procedural', version: '1' });
  capabilities.register(TEXT_TO_AUDIO, { provider: 'audioldm-s', version: '1' }, () => true, 0);
  capabilities.register(TEXT_TO_AUDIO, { provider: 'audioldm-l', version: '1' }, () => true, 0);
  return capabilities;
}

test('what is installed stands before what is built in, whenever it was entered', () => {
  expect(names(withThree())).toEqual(['audioldm-s', 'audioldm-l', 'procedural']);
});

test('who is preferred stands first, and the others follow in their order', async () => {
  const capabilities = withThree();
  await capabilities.prefer(TEXT_TO_AUDIO, 'procedural');
  expect(names(capabilities)).toEqual(['procedural', 'audioldm-s', 'audioldm-l']);
  await capabilities.prefer(TEXT_TO_AUDIO, null);
  expect(names(capabilities)).toEqual(['audioldm-s', 'audioldm-l', 'procedural']);
});

test('a preference is kept over a restart, also while the preferred one is away', async () => {
  const folder = temporaryFolder();
  const first = openPreferences(folder, logger);
  await withThree({ preferences: first }).prefer(TEXT_TO_AUDIO, 'audioldm-l');
  first.dispose();

  const second = openPreferences(folder, logger);
  const capabilities = new Capabilities({ preferences: second });
  capabilities.register(TEXT_TO_AUDIO, { provider: 'procedural', version: '1' });
  expect(names(capabilities)).toEqual(['procedural']);
  capabilities.register(TEXT_TO_AUDIO, { provider: 'audioldm-s', version: '1' }, () => true, 0);
  capabilities.register(TEXT_TO_AUDIO, { provider: 'audioldm-l', version: '1' }, () => true, 0);
  expect(names(capabilities)).toEqual(['audioldm-l', 'audioldm-s', 'procedural']);
  second.dispose();
});

test('a preference that cannot be written is not taken', async () => {
  const capabilities = withThree({ preferences: { read: () => ({}), write: () => Promise.reject(new Error('the disk is full')) } });
  await expect(capabilities.prefer(TEXT_TO_AUDIO, 'procedural')).rejects.toThrow('the disk is full');
  expect(names(capabilities)[0]).toBe('audioldm-s');
});

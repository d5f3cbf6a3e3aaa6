import { KNOWN_MODELS, LICENCES } from '../../../../daemon/models/store/index.js';
import { HubServer } from '../../../servers/hub-server.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { MINI, openLibrary, watched } from './support/workbench.js';

const folder = temporaryFolders();

test.each(['', 'MIT', 'yes'])('without the licence’s own name nothing is asked of the hub: "%s"', async (acceptLicence) => {
  const hub = await HubServer.start();
  try {
    const { library } = await openLibrary(folder(), hub.address);
    await expect(library.pull(MINI, { acceptLicence, again: false }, watched())).rejects.toMatchObject({
      code: 'GRYM_MODEL_LICENCE',
      message: expect.stringContaining(LICENCES['Apache-2.0'].meaning),
      remedy: expect.stringContaining('grym models pull clap-mini --accept-licence Apache-2.0 '),
    });
    expect(hub.requests).toEqual([]);
  } finally {
    await hub.stop();
  }
});

test('AudioLDM cannot be fetched: the command that makes it is said', async () => {
  const { library } = await openLibrary(folder());
  const model = KNOWN_MODELS.find(({ id }) => id === 'audioldm-s-full-v2');
  if (model === undefined) throw new Error('the catalogue has lost AudioLDM');
  await expect(library.pull(model, { acceptLicence: model.licence, again: false }, watched())).rejects.toMatchObject({
    code: 'GRYM_MODEL_EXPORT_NEEDED',
    remedy: expect.stringContaining(
      'uvx --from ./scripts/models grym-export-models audioldm cvssp/audioldm-s-full-v2 --out audioldm-s-full-v2 --accept-licence',
    ),
  });
});

test('every known model has a role, a size, a licence that says something, and names that are not taken twice', () => {
  expect(new Set(KNOWN_MODELS.map(({ id }) => id)).size).toBe(KNOWN_MODELS.length);
  for (const { licence, approximateBytes, memoryBytes, source, kind } of KNOWN_MODELS) {
    expect(LICENCES[licence].meaning.length).toBeGreaterThan(40);
    expect(LICENCES[licence].address).toMatch(/^https:\/\//);
    expect(memoryBytes).toBeGreaterThan(approximateBytes);
    expect(source.type === 'hub' || kind === 'audioldm').toBe(true);
  }
  expect(KNOWN_MODELS.find(({ kind, preference }) => kind === 'llama' && preference === 0)?.id).toBe('deepseek-r1-distill-qwen-14b');
});

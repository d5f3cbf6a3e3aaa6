import { parseRemoteGraphs } from '../../../../daemon/models/graphs/parse-remote-graphs.js';
import { thrownBy } from '../../doubles/index.js';

test('graphs are sorted by model', () => {
  const setting =
    'audioldm-s/unet=http://gpu:8000/v2/models/unet, audioldm-s/vocoder = https://gpu/triton/v2/models/v/versions/3,clap/text_model=http://b/v2/models/t/,';
  expect([...parseRemoteGraphs(setting)]).toEqual([
    ['audioldm-s', { unet: 'http://gpu:8000/v2/models/unet', vocoder: 'https://gpu/triton/v2/models/v/versions/3' }],
    ['clap', { text_model: 'http://b/v2/models/t/' }],
  ]);
});

test.each([[''], ['  '], [' , ']])('"%s" names none', (setting) => {
  expect(parseRemoteGraphs(setting).size).toBe(0);
});

const MISTAKES: readonly (readonly [setting: string, words: string])[] = [
  ['unet=http://gpu/v2/models/unet', 'expected model/graph=address, got "unet=http://gpu/v2/models/unet"'],
  ['audioldm/unet', 'expected model/graph=address, got "audioldm/unet"'],
  ['audioldm/unet=gpu:8000', 'audioldm/unet: expected an address such as http://gpu:8000/v2/models/unet, got "gpu:8000"'],
  ['audioldm/unet=http://gpu:8000', 'expected an address such as'],
  ['audioldm/unet=ftp://gpu/v2/models/unet', 'expected an address such as'],
  ['a/unet=http://b/v2/models/u,a/unet=http://c/v2/models/u', 'a/unet has more than one address'],
];

test.each(MISTAKES)('%s is a mistake that is told', (setting, words) => {
  expect(thrownBy(() => parseRemoteGraphs(setting))).toMatchObject({
    code: 'GRYM_CONFIGURATION_INVALID',
    message: expect.stringContaining(words),
  });
});

test('every mistake is told at once', () => {
  expect(() => parseRemoteGraphs('one,two')).toThrow(/"one".*"two"/);
});

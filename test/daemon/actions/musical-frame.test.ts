import type { BridgeInfo } from '../../../daemon/audio/index.js';
import { parsePrompt } from '../../../daemon/models/index.js';
import { musicalFrame } from '../../../daemon/actions/musical-frame.js';

const bridge = { transport: { playing: true, songQuarters: 8, tempoBpm: 97.5, numerator: 7, denominator: 8 } } as BridgeInfo;
const nothing = { tempoBpm: undefined, metre: undefined };

test.each([
  ['dark bass', nothing, bridge, { tempoBpm: 97.5, tempoFrom: 'host', metre: { numerator: 7, denominator: 8 }, metreFrom: 'host' }],
  ['dark bass, 120 bpm', nothing, bridge, { tempoBpm: undefined, tempoFrom: 'prompt', metreFrom: 'host' }],
  ['dark bass at 120BPM in 3/4', nothing, bridge, { tempoFrom: 'prompt', metre: undefined, metreFrom: 'prompt' }],
  ['dark waltz', nothing, bridge, { tempoFrom: 'host', metreFrom: 'prompt', metre: undefined }],
  ['dark bass in 4/4, tempo 90', nothing, bridge, { tempoFrom: 'prompt', metreFrom: 'prompt', metre: undefined }],
  ['fast techno bass', nothing, bridge, { tempoFrom: 'host' }],
  ['808 bass', nothing, bridge, { tempoFrom: 'host' }],
  [
    'dark bass, 120 bpm',
    { tempoBpm: 90, metre: { numerator: 3, denominator: 4 } },
    bridge,
    { tempoBpm: 90, tempoFrom: 'parameter', metreFrom: 'parameter' },
  ],
  ['dark bass', nothing, null, { tempoBpm: undefined, tempoFrom: 'default', metre: undefined, metreFrom: 'default' }],
])('"%s" with %j', (prompt, asked, target, expected) => {
  const { stated } = parsePrompt({ prompt, seed: 0, sampleRate: 48_000 });
  expect(musicalFrame(stated, asked, target)).toMatchObject(expected);
});

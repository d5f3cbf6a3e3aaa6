import { expect, test } from '@jest/globals';
import { clapParity } from '../../../parity/clap-parity.js';
import { openReference } from '../../../parity/reference.js';
import { fixture } from '../hearing/bench.js';

test('the mel spectrogram is that of the reference within 1e-4, embeddings of audio and text within 1e-5, tokens exactly', async () => {
  const folder = fixture('clap-mini');
  expect(clapParity.matches(folder)).toBe(true);
  expect(clapParity.matches(fixture('wav2vec2-mini'))).toBe(false);
  const rows = await clapParity.check(folder, openReference(folder));
  expect(rows.map(({ tensor }) => tensor)).toEqual(['input_features', 'audio_embeds', 'input_ids', 'attention_mask', 'text_embeds']);
  for (const row of rows) expect(row).toMatchObject({ passed: true, note: '' });
  // Much nearer than they must be: the FFT is in float64 on both sides.
  expect(rows[0]?.error).toBeLessThan(1e-6);
});

import { expect, test } from '@jest/globals';
import { openReference } from '../../../parity/reference.js';
import { wav2vec2Parity } from '../../../parity/wav2vec2-parity.js';
import { fixture } from '../hearing/bench.js';

test('input, hidden states, logits, letters and text are those of the reference within 1e-5', async () => {
  const folder = fixture('wav2vec2-mini');
  expect(wav2vec2Parity.matches(folder)).toBe(true);
  expect(wav2vec2Parity.matches(fixture('clap-mini'))).toBe(false);
  const rows = await wav2vec2Parity.check(folder, openReference(folder));
  expect(rows.map(({ tensor }) => tensor)).toEqual(['input_values', 'last_hidden_state', 'embedding', 'logits', 'ctc_ids', 'ctc_text']);
  for (const row of rows) expect(row).toMatchObject({ passed: true, note: '' });
});

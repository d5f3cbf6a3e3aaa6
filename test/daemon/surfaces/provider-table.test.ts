import { present } from '../../../daemon/surfaces/cli/presenters/index.js';

const resting = {
  ...{ provider: 'synth', version: '1', breaker: 'open', failures: 5, restSeconds: 12 },
  lastError: 'The built-in generator failed: out of tune.',
};
const ready = { provider: 'other', version: '2', breaker: 'closed', failures: 0, restSeconds: 0, lastError: '' };

test('who rests and why, who is ready, and what is not there', () => {
  const capabilities = [
    { capability: 'generate.audio', preferred: 'other', providers: [resting, ready], needs: 'a generator' },
    { capability: 'transcribe.audio', preferred: null, providers: [], needs: 'a transcription model' },
  ];
  const lines = present({ name: 'list-providers' }, { capabilities }).trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[1]).toMatch(/^generate\.audio +synth +1 +rests for 12 s more; 5 failures in a row, last: .*out of tune/);
  expect(lines[2]).toMatch(/^ +other +2 +ready; preferred by you$/);
  expect(lines[3]).toMatch(/^transcribe\.audio +– +not there; would be provided by a transcription model$/);
});

test('one whose rest was ended', () => {
  const text = present({ name: 'retry-provider' }, { ...resting, breaker: 'half-open', restSeconds: 0 });
  expect(text).toMatch(/^synth: is tried once more; 5 failures in a row/);
});

test('who is asked first from now on', () => {
  const shown = (preferred: string | null, providers: string[]): string =>
    present({ name: 'prefer-provider' }, { capability: 'embed.audio', preferred, providers });
  expect(shown('clap', ['clap', 'descriptors'])).toBe('embed.audio: clap, then descriptors\n');
  expect(shown(null, ['descriptors'])).toBe('embed.audio: descriptors (the built-in order)\n');
});

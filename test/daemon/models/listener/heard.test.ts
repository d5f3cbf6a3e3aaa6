import type { Heard } from '../../../../daemon/models/describe.js';
import { describeHearing } from '../../../../daemon/models/listener/heard.js';
import { readListenerAnswer } from '../../../../daemon/models/listener/listener-answer.js';

const NOTHING: Heard = { instruments: [], mood: [], genre: [], productionNotes: [], issues: [] };
const part = (heard: Partial<Heard>): Heard => ({ ...NOTHING, ...heard });
const hearing = (...parts: readonly Heard[]): ReturnType<typeof describeHearing> =>
  describeHearing({ model: 'ears', parts, durationSeconds: 60, coveredSeconds: 60 });

test('what is heard in most parts stands first, then what was heard first; upper and lower case are one', () => {
  const description = hearing(
    part({ instruments: ['Piano', 'Voice'], issues: ['Hiss'] }),
    part({ instruments: ['Strings', 'voice'] }),
    part({ instruments: ['strings', 'VOICE', 'voice'], issues: ['hiss', 'Clicks'] }),
  );
  expect(description?.heard).toMatchObject({ instruments: ['Voice', 'Strings', 'Piano'], issues: ['Hiss', 'Clicks'] });
  expect(description?.words).toEqual([
    { word: 'voice', reason: 'heard by ears in 3 of 3 parts' },
    { word: 'strings', reason: 'heard by ears in 2 of 3 parts' },
    { word: 'piano', reason: 'heard by ears in 1 of 3 parts' },
  ]);
});

test('words are fit to be tags', () => {
  const description = hearing(
    part({
      instruments: ['A synthesizer'],
      genre: ['R&B / Soul', 'Drum & Bass', '"Lo-Fi" (chill)', 'Hip hop that goes on and on and on until nobody knows any more'],
    }),
  );
  expect(description?.words.map(({ word }) => word)).toEqual([
    'synthesizer',
    'rnb soul',
    'drum and bass',
    'lo-fi chill',
    'hip hop that goes on and on and on until nobody knows any',
  ]);
});

test('the prompt holds a few words of each kind, and no tempo, key, metre or length', () => {
  const description = hearing(
    part({
      instruments: ['808 bass', 'pad', 'piano at 120 bpm', 'organ', 'flute'],
      mood: ['dark', 'slow', 'cold', 'wide'],
      genre: ['house in A minor', 'techno', '7/8 prog rock', 'dub', 'ambient'],
    }),
  );
  expect(description?.prompt).toBe('dark, slow, cold, techno, dub, 808 bass, pad, organ');
});

test('notes and issues alone are no description', () => {
  expect(hearing(part({ productionNotes: ['dry'], issues: ['hum'] }))).toBeNull();
});

test('an answer is bounded and tidied', () => {
  const many = Array.from({ length: 50 }, (_, index) => `thing ${index}`);
  const answer = {
    instruments: many,
    mood: 'dark',
    genre: ['  dub\n techno. ', 'N/A', ''],
    production_notes: ['long '.repeat(200)],
    issues: [],
  };
  const reading = readListenerAnswer(JSON.stringify({ ...answer, more: 1 }));
  expect(reading).toMatchObject({ heard: { instruments: many.slice(0, 12), mood: ['dark'], genre: ['dub techno'], issues: [] } });
  const [note] = 'heard' in reading ? reading.heard.productionNotes : [];
  expect(note).toMatch(/^long long .*long…$/);
  expect(note?.length).toBeLessThanOrEqual(301);
});

test.each([
  ['no object', 'drums', 'no whole JSON object'],
  ['a missing field', '{"instruments": []}', '"mood" is not a list of texts'],
  ['a list of something else', '{"instruments":[1],"mood":[],"genre":[],"production_notes":[],"issues":[]}', '"instruments'],
])('%s is told to the server in words', (_title, answer, words) => {
  expect(readListenerAnswer(answer)).toEqual({ problem: expect.stringContaining(words) });
});

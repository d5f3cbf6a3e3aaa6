import { expect, test } from '@jest/globals';
import { sourceOf } from '../../../../daemon/audio/index.js';
import type { Tensors } from '../../../../daemon/models/hosts/tensor.js';
import { joinedRuns, likeliestClasses, runsOf, transcriptionOf, type Vocabulary } from '../../../../daemon/models/wav2vec2/ctc.js';
import { createWav2Vec2Transcriber } from '../../../../daemon/models/wav2vec2/provider.js';
import { loadWav2Vec2, runner } from '../../../../daemon/models/wav2vec2/runner.js';
import { fakeGraphs, FakeHosts, fixture, floats, free, hostedModel, settingsFor, silence } from '../hearing/bench.js';

const SIGNS = ['<pad>', '<s>', '</s>', '<unk>', '|', 'A', 'B', 'C'];
const vocabulary: Vocabulary = {
  tokens: new Map(SIGNS.map((sign, id) => [id, sign])),
  special: new Set(['<pad>', '<s>', '</s>', '<unk>']),
  wordDelimiter: '|',
  lowerCase: false,
};
const FRAME = 0.02;
/** One letter a frame; "_" is the blank, "?" unknown. */
const classes = (frames: string): number[] => [...frames].map((sign) => (sign === '_' ? 0 : sign === '?' ? 3 : SIGNS.indexOf(sign)));
const read = (frames: string): ReturnType<typeof transcriptionOf> => transcriptionOf(runsOf(classes(frames), vocabulary, FRAME), 1);

test.each([
  ['AAABBB', 'AB'],
  ['AA_AA', 'AA'],
  ['A?A', 'AA'],
  ['__A_B__|_C__', 'AB C'],
  ['|A|', 'A'],
  ['____', ''],
  ['', ''],
])('frames %s are the text "%s"', (frames, text) => {
  expect(read(frames).text).toBe(text);
});

test('a word lasts from the first frame of its first letter to the last of its last', () => {
  expect(read('__AA_B__||CCC').words).toEqual([
    { word: 'AB', startSeconds: 2 * FRAME, endSeconds: 6 * FRAME },
    { word: 'C', startSeconds: 10 * FRAME, endSeconds: 13 * FRAME },
  ]);
  expect(transcriptionOf(runsOf(classes('AAAA'), vocabulary, FRAME), 0.075).words[0]?.endSeconds).toBe(0.075);
});

test('lower case where the tokenizer asks for it; classes without a sign are not written', () => {
  expect(transcriptionOf(runsOf([5, 6, 99, 7], { ...vocabulary, lowerCase: true }, FRAME), 1).text).toBe('abc');
});

test('a letter that a seam cuts is one letter; two that only meet there are two', () => {
  const runs = (frames: string, from: number): ReturnType<typeof runsOf> =>
    runsOf(classes(frames), vocabulary, FRAME).map((run) => ({
      ...run,
      startSeconds: run.startSeconds + from * FRAME,
      endSeconds: run.endSeconds + from * FRAME,
    }));
  const text = (pieces: ReturnType<typeof runsOf>[]): string => transcriptionOf(joinedRuns(pieces, FRAME), 1).text;
  expect(text([runs('A_BB', 0), runs('BB_C', 4)])).toBe('ABC');
  expect(text([runs('A_B_', 0), runs('BB_C', 4)])).toBe('ABBC');
  expect(text([runs('A_BB', 0), runs('_BC', 4)])).toBe('ABBC');
  expect(text([runs('AB', 0), runs('', 2), runs('BC', 4)])).toBe('ABBC');
});

test('the likeliest class of a frame is the first of equals', () => {
  expect(likeliestClasses(Float32Array.of(0, 1, 1, -3, -2, -5), 3)).toEqual([1, 1]);
});

test("the transcriber writes the reference's text of the fixture, and nothing of silence", async () => {
  const loaded = await runner.load(settingsFor(fixture('wav2vec2-mini')));
  const transcriber = createWav2Vec2Transcriber({ hosts: new FakeHosts(loaded), model: hostedModel('wav2vec2'), version: '1' });
  const samples = floats(`${fixture('wav2vec2-mini')}/reference/waveform.bin`);
  const said = await transcriber.transcribe(sourceOf({ samples, sampleRate: 16_000, channels: 1 }), free());
  expect(said.text).toBe('ZFZZFZZZFZZFZZZZZJ');
  expect(said.words).toEqual([{ word: said.text, startSeconds: 0, endSeconds: 99 * FRAME }]);
  expect(await transcriber.transcribe(sourceOf(silence(2)), free())).toEqual({ text: '', words: [] });
  expect(await transcriber.transcribe(sourceOf({ samples: Float32Array.of(0.5), sampleRate: 48_000, channels: 1 }), free())).toEqual({
    text: '',
    words: [],
  });
  await loaded.dispose();
});

test('a graph that takes a mask is given one: everything that is heard is valid', async () => {
  let feeds: Tensors = {};
  const graphs = fakeGraphs({
    model: {
      ...{ inputs: ['input_values', 'attention_mask'], outputs: ['logits'] },
      run: (given) => {
        feeds = given;
        return { logits: { type: 'float32', shape: [1, 2, 32], data: new Float32Array(64).fill(1, 5, 6) } };
      },
    },
  });
  const loaded = await loadWav2Vec2(settingsFor(fixture('wav2vec2-mini')), graphs.open);
  const transcriber = createWav2Vec2Transcriber({ hosts: new FakeHosts(loaded), model: hostedModel('wav2vec2'), version: '1' });
  const audio = { samples: new Float32Array(721).fill(0.5, 0, 300), sampleRate: 16_000, channels: 1 };
  expect((await transcriber.transcribe(sourceOf(audio), free())).text).toBe('E');
  expect(feeds['attention_mask']).toEqual({ type: 'int64', shape: [1, 721], data: new BigInt64Array(721).fill(1n) });
});

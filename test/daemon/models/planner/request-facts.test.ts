import { readRequest } from '../../../../daemon/models/planner/request-facts.js';

it.each([
  ['bass 132bpm', 132],
  ['bass at one twenty-four', 124],
  ['a hundred and eighty bpm', 180],
  ['ninety-two beats per minute', 92],
  ['one oh five bpm', 105],
  ['bpm: 128', 128],
  ['tempo around 92.5', 92.5],
  ['♩ = 66', 66],
  ['half-time beat @ 150', 150],
  ['808 line, 140', 140],
  ['hats only, 16ths, 128', 128],
  ['303 acid', null],
  ['juno 106 pad', null],
  ['something from the 80s', null],
  ['take 3, slot 12', null],
  ['-14 LUFS', null],
  ['in 90 seconds', null],
  ['bass, 900 bpm', null],
])('tempo of %j is %j', (request, expected) => expect(readRequest(request).tempoBpm).toBe(expected));

it.each([
  ['Am pad', 'A minor'],
  ['a minor bass line', 'A minor'],
  ['do a minor variation of it', null],
  ['a major upgrade of this loop', null],
  ['f sharp dorian', 'F# dorian'],
  ['Bbm', 'Bb minor'],
  ['c#min', 'C# minor'],
  ['Ebmaj', 'Eb major'],
  ['key: F#m', 'F# minor'],
  ['in the key of D', 'D major'],
  ['piano in b flat', 'Bb major'],
  ['F# harmonic minor', 'F# harmonic minor'],
  ['in G mixo', 'G mixolydian'],
  ['fis-moll', 'F# minor'],
  ['H-Dur', 'B major'],
  ['d’n’b with an A section', null],
  ['a Gm7 chord', null],
  ['in a way', null],
])('key of %j is %j', (request, expected) => expect(readRequest(request).key).toBe(expected));

it.each([
  ['7/8 groove', '7/8'],
  ['in seven eight', '7/8'],
  ['five-four beat', '5/4'],
  ['a waltz', '3/4'],
  ['im Dreivierteltakt', '3/4'],
  ['7/8-Takt, 4 Takte', '7/8'],
  ['8/9 of it', null],
  ['16ths', null],
])('metre of %j is %j', (request, expected) => expect(readRequest(request).metre).toBe(expected));

it.each([
  ['four-bar loop', 4, null],
  ['a bar of hats', 1, null],
  ['a couple of bars', 2, null],
  ['another 8 measures', 8, null],
  ['the last 4 bars', 4, null],
  ['answer the last 4 bars with two bars', 2, 4],
  ['one bar... no, make it 4 bars', 4, null],
  ['8 takte', 8, null],
  ['bar chimes', null, null],
])('bars of %j are %j, heard before %j', (request, bars, heardBars) => expect(readRequest(request)).toMatchObject({ bars, heardBars }));

it.each([
  ['sub under my drums', 'bass'],
  ['answer the bass line with a lead', 'lead'],
  ['kick and snare', 'drums'],
  ['drums, no hats', 'drums'],
  ['rimshot? actually just a clap', 'clap'],
  ['a variation of that beat', 'drums'],
  ['choir-ish pad behind the vocals', 'pad'],
  ['Klavier', 'keys'],
  ['go on after my solo', null],
  ['padding', null],
])('instrument of %j is %j', (request, expected) => expect(readRequest(request).instrument).toBe(expected));

it('a text of a million characters is read in a moment', () => {
  const started = performance.now();
  readRequest('one hundred and twenty bars in a minor '.repeat(10_000 / 40));
  readRequest(`${'('.repeat(10_000)}${'1'.repeat(10_000)}`);
  readRequest('a '.repeat(5_000));
  expect(performance.now() - started).toBeLessThan(5_000);
});

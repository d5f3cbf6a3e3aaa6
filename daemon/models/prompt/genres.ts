import type { InstrumentName } from './instruments.js';
import type { MeasuredClaim } from './words.js';

export interface GenreEntry {
  /** The name in native/dsp (parameters.cpp), where its patterns, lines and sounds are. */
  readonly genre: string;
  readonly words: readonly string[];
  /** Played where the prompt and the host name no tempo. */
  readonly tempoBpm: number;
  /** Made where the prompt names no instrument. */
  readonly instrument: InstrumentName;
  /** The scale where the prompt names none. */
  readonly scale: string;
  /** What of the genre is measured in sound (test/dsp/words.test.ts), all at one tempo. */
  readonly measured: readonly MeasuredClaim[];
}

export const GENRES: readonly GenreEntry[] = [
  {
    genre: 'house',
    words: ['house', 'deep house', 'tech house'],
    tempoBpm: 124,
    instrument: 'drums',
    scale: 'minor',
    measured: [
      { feature: 'onsetRate', direction: 1, on: 'kick', against: 'trap kick' },
      { feature: 'attackTime', direction: -1, on: 'bass' },
    ],
  },
  {
    genre: 'techno',
    words: ['techno', 'minimal techno', 'industrial techno'],
    tempoBpm: 132,
    instrument: 'drums',
    scale: 'minor',
    measured: [
      { feature: 'highShare', direction: 1, on: 'kick' },
      { feature: 'highShare', direction: 1, on: 'bass' },
    ],
  },
  {
    genre: 'drum-and-bass',
    words: ['drum and bass', 'drum & bass', 'drum n bass', "drum'n'bass", 'drum-and-bass', 'dnb', 'd&b', 'jungle', 'liquid'],
    tempoBpm: 174,
    instrument: 'drums',
    scale: 'minor',
    measured: [
      { feature: 'pitch', direction: 1, on: 'drums' },
      { feature: 'inharmonicity', direction: 1, on: 'bass' },
    ],
  },
  {
    genre: 'hip-hop',
    words: ['hip hop', 'hip-hop', 'hiphop', 'boom bap', 'boombap', 'rap'],
    tempoBpm: 90,
    instrument: 'drums',
    scale: 'minor',
    measured: [
      { feature: 'timing', direction: 1, on: 'drums' },
      { feature: 'centroid', direction: -1, on: 'bass' },
    ],
  },
  {
    genre: 'trap',
    words: ['trap', 'drill'],
    tempoBpm: 140,
    instrument: 'drums',
    scale: 'minor',
    measured: [
      { feature: 'onsetRate', direction: 1, on: 'hihat', against: 'house hihat' },
      { feature: 'decayTime', direction: 1, on: 'bass' },
      { feature: 'decayTime', direction: -1, on: 'hihat' },
    ],
  },
  {
    genre: 'ambient',
    words: ['ambient', 'new age'],
    tempoBpm: 80,
    instrument: 'pad',
    scale: 'minor',
    measured: [
      { feature: 'attackTime', direction: 1, on: 'lead' },
      { feature: 'width', direction: 1, on: 'pad' },
      { feature: 'centroid', direction: -1, on: 'drums' },
    ],
  },
  {
    genre: 'dub',
    words: ['dub', 'reggae', 'dub techno'],
    tempoBpm: 120,
    instrument: 'drums',
    scale: 'minor',
    measured: [
      { feature: 'decayTime', direction: 1, on: 'snare' },
      { feature: 'lowShare', direction: 1, on: 'bass' },
    ],
  },
  {
    genre: 'garage',
    words: ['garage', 'uk garage', 'ukg', '2-step', '2 step', 'two-step', 'two step'],
    tempoBpm: 132,
    instrument: 'drums',
    scale: 'minor',
    measured: [
      { feature: 'decayTime', direction: -1, on: 'hihat' },
      { feature: 'swing', direction: 1, on: 'drums' },
    ],
  },
  {
    genre: 'lo-fi',
    words: ['lo-fi', 'lofi', 'lo fi', 'chillhop'],
    tempoBpm: 82,
    instrument: 'keys',
    scale: 'dorian',
    measured: [
      { feature: 'highShare', direction: -1, on: 'drums' },
      { feature: 'centroid', direction: -1, on: 'keys' },
    ],
  },
  {
    genre: 'trance',
    words: ['trance', 'psytrance'],
    tempoBpm: 138,
    instrument: 'pluck',
    scale: 'minor',
    measured: [{ feature: 'inharmonicity', direction: 1, on: 'lead' }],
  },
  {
    genre: 'electro',
    words: ['electro'],
    tempoBpm: 128,
    instrument: 'drums',
    scale: 'minor',
    measured: [
      { feature: 'evenHarmonics', direction: -1, on: 'bass' },
      { feature: 'flatness', direction: 1, on: 'snare' },
    ],
  },
  {
    genre: 'breakbeat',
    words: ['breakbeat', 'breakbeats', 'breaks', 'big beat', 'amen'],
    tempoBpm: 130,
    instrument: 'drums',
    scale: 'minor',
    measured: [
      { feature: 'timing', direction: 1, on: 'drums' },
      { feature: 'decayTime', direction: 1, on: 'snare' },
    ],
  },
  {
    genre: 'dubstep',
    words: ['dubstep', 'brostep'],
    tempoBpm: 140,
    instrument: 'bass',
    scale: 'phrygian',
    measured: [
      { feature: 'highShare', direction: 1, on: 'bass' },
      { feature: 'width', direction: 1, on: 'drums' },
    ],
  },
  {
    genre: 'disco',
    words: ['disco', 'nu disco', 'nu-disco', 'funk', 'funky'],
    tempoBpm: 118,
    instrument: 'bass',
    scale: 'dorian',
    measured: [
      { feature: 'pitch', direction: 1, on: 'bass' },
      { feature: 'timing', direction: 1, on: 'drums' },
    ],
  },
  {
    genre: 'synthwave',
    words: ['synthwave', 'retrowave', 'outrun', 'synth wave', '80s', '80s synth'],
    tempoBpm: 104,
    instrument: 'bass',
    scale: 'minor',
    measured: [
      { feature: 'decayTime', direction: 1, on: 'snare' },
      { feature: 'width', direction: 1, on: 'lead' },
    ],
  },
];

import type { InstrumentName } from './instruments.js';

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
}

export const GENRES: readonly GenreEntry[] = [
  { genre: 'house', words: ['house', 'deep house', 'tech house'], tempoBpm: 124, instrument: 'drums', scale: 'minor' },
  { genre: 'techno', words: ['techno', 'minimal techno', 'industrial techno'], tempoBpm: 132, instrument: 'drums', scale: 'minor' },
  {
    genre: 'drum-and-bass',
    words: ['drum and bass', 'drum & bass', 'drum n bass', "drum'n'bass", 'drum-and-bass', 'dnb', 'd&b', 'jungle', 'liquid'],
    tempoBpm: 174,
    instrument: 'drums',
    scale: 'minor',
  },
  {
    genre: 'hip-hop',
    words: ['hip hop', 'hip-hop', 'hiphop', 'boom bap', 'boombap', 'rap'],
    tempoBpm: 90,
    instrument: 'drums',
    scale: 'minor',
  },
  { genre: 'trap', words: ['trap', 'drill'], tempoBpm: 140, instrument: 'drums', scale: 'minor' },
  { genre: 'ambient', words: ['ambient', 'new age'], tempoBpm: 80, instrument: 'pad', scale: 'minor' },
  { genre: 'dub', words: ['dub', 'reggae', 'dub techno'], tempoBpm: 120, instrument: 'drums', scale: 'minor' },
  {
    genre: 'garage',
    words: ['garage', 'uk garage', 'ukg', '2-step', '2 step', 'two-step', 'two step'],
    tempoBpm: 132,
    instrument: 'drums',
    scale: 'minor',
  },
  { genre: 'lo-fi', words: ['lo-fi', 'lofi', 'lo fi', 'chillhop'], tempoBpm: 82, instrument: 'keys', scale: 'dorian' },
  { genre: 'trance', words: ['trance', 'psytrance'], tempoBpm: 138, instrument: 'pluck', scale: 'minor' },
  { genre: 'electro', words: ['electro'], tempoBpm: 128, instrument: 'drums', scale: 'minor' },
  {
    genre: 'breakbeat',
    words: ['breakbeat', 'breakbeats', 'breaks', 'big beat', 'amen'],
    tempoBpm: 130,
    instrument: 'drums',
    scale: 'minor',
  },
  { genre: 'dubstep', words: ['dubstep', 'brostep'], tempoBpm: 140, instrument: 'bass', scale: 'phrygian' },
  { genre: 'disco', words: ['disco', 'nu disco', 'nu-disco', 'funk', 'funky'], tempoBpm: 118, instrument: 'bass', scale: 'dorian' },
  {
    genre: 'synthwave',
    words: ['synthwave', 'retrowave', 'outrun', 'synth wave', '80s', '80s synth'],
    tempoBpm: 104,
    instrument: 'bass',
    scale: 'minor',
  },
];

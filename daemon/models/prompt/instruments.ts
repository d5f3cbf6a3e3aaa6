import type { MeasuredClaim } from './words.js';

/** The instruments of native/dsp (parameters.cpp). */
export const INSTRUMENTS = [
  'kick',
  'snare',
  'clap',
  'hihat',
  'percussion',
  'drums',
  'bass',
  'lead',
  'pluck',
  'keys',
  'pad',
  'texture',
] as const;
export type InstrumentName = (typeof INSTRUMENTS)[number];

export const TONAL_INSTRUMENTS: ReadonlySet<InstrumentName> = new Set(['bass', 'lead', 'pluck', 'keys', 'pad', 'texture']);

export interface InstrumentEntry {
  readonly instrument: InstrumentName;
  readonly words: readonly string[];
  /** What the word says beyond the instrument's name: moves as in words.ts. */
  readonly moves?: Readonly<Record<string, number>>;
  /** Words that describe as much as they name ("acid lead"): another instrument word wins. */
  readonly weak?: boolean;
  /** What of a word that moves parameters is measured in sound: the word alone against the instrument's own name. */
  readonly measured?: readonly MeasuredClaim[];
}

export const INSTRUMENT_WORDS: readonly InstrumentEntry[] = [
  {
    instrument: 'kick',
    words: ['kick', 'kicks', 'kick drum', 'kickdrum', 'bass drum', 'bassdrum', 'four on the floor', 'four to the floor'],
  },
  { instrument: 'snare', words: ['snare', 'snares', 'snare drum', 'rimshot'] },
  { instrument: 'clap', words: ['clap', 'claps', 'handclap', 'handclaps', 'hand clap'] },
  { instrument: 'hihat', words: ['hihat', 'hihats', 'hi-hat', 'hi-hats', 'hi hat', 'hi hats', 'hat', 'hats', 'cymbal', 'cymbals'] },
  {
    instrument: 'percussion',
    words: ['percussion', 'percussions', 'perc', 'percs', 'conga', 'congas', 'bongo', 'bongos', 'tom', 'toms', 'tribal'],
  },
  {
    instrument: 'percussion',
    words: ['woodblock', 'clave', 'marimba loop'],
    moves: { material: 0.25, pitch: 0.3, shaker: -0.2 },
    measured: [{ feature: 'pitch', direction: 1, on: 'percussion' }],
  },
  {
    instrument: 'percussion',
    words: ['shaker', 'shakers', 'maracas'],
    moves: { shaker: 0.6 },
    measured: [
      { feature: 'highShare', direction: 1, on: 'percussion' },
      { feature: 'flatness', direction: 1, on: 'percussion' },
    ],
  },
  {
    instrument: 'percussion',
    words: ['cowbell', 'agogo', 'gong'],
    moves: { material: 0.7, pitch: 0.35, shaker: -0.2 },
    measured: [
      { feature: 'pitch', direction: 1, on: 'percussion' },
      { feature: 'inharmonicity', direction: 1, on: 'percussion' },
    ],
  },
  {
    instrument: 'drums',
    words: [
      'drums',
      'drum',
      'drum loop',
      'drumloop',
      'drum kit',
      'drumkit',
      'drum beat',
      'beat',
      'beats',
      'groove',
      'kit',
      'rhythm',
      'drum break',
    ],
  },
  { instrument: 'bass', words: ['bass', 'bassline', 'bass line', 'basslines', 'synth bass'] },
  {
    instrument: 'bass',
    words: ['sub bass', 'sub-bass', 'subbass'],
    moves: { sub: 0.45, tone: -0.25, shape: -0.45, drive: -0.15 },
    measured: [
      { feature: 'centroid', direction: -1, on: 'bass' },
      { feature: 'overtones', direction: -1, on: 'bass' },
    ],
  },
  {
    instrument: 'bass',
    words: ['808', '808 bass', '808s'],
    moves: { sub: 0.5, tone: -0.2, shape: -0.45, decay: 0.3, release: 0.3, glide: 0.3, drive: 0.1 },
    measured: [
      { feature: 'decayTime', direction: 1, on: 'bass' },
      { feature: 'centroid', direction: -1, on: 'bass' },
    ],
  },
  {
    instrument: 'bass',
    words: ['reese', 'reese bass'],
    moves: { detune: 0.4, unison: 0.25, motion: 0.35, sustain: 0.5, envelope: -0.25, noteLength: 0.15 },
    measured: [
      { feature: 'inharmonicity', direction: 1, on: 'bass' },
      { feature: 'decayTime', direction: 1, on: 'bass' },
    ],
  },
  {
    instrument: 'bass',
    words: ['acid', '303', 'acid bass'],
    moves: { resonance: 0.5, envelope: 0.2, decay: -0.15, glide: 0.15, drive: 0.15, sub: -0.4, unison: -0.2 },
    measured: [
      { feature: 'centroid', direction: 1, on: 'bass' },
      { feature: 'tonalFocus', direction: -1, on: 'bass' },
    ],
    weak: true,
  },
  { instrument: 'lead', words: ['lead', 'leads', 'melody', 'lead synth', 'synth lead', 'synth', 'solo', 'riff', 'hook', 'topline'] },
  {
    instrument: 'lead',
    words: ['supersaw', 'super saw', 'hoover'],
    moves: { unison: 0.5, detune: 0.25, width: 0.15 },
    measured: [
      { feature: 'inharmonicity', direction: 1, on: 'lead' },
      { feature: 'width', direction: 1, on: 'lead' },
    ],
  },
  { instrument: 'pluck', words: ['pluck', 'plucks', 'arp', 'arpeggio', 'arpeggios', 'arpeggiated', 'sequence', 'harp'] },
  {
    instrument: 'pluck',
    words: ['bells', 'bell', 'kalimba', 'marimba', 'vibraphone', 'music box'],
    moves: { fm: 0.5, envelope: -0.2, shape: -0.5, decay: 0.2, tone: -0.05 },
    measured: [
      { feature: 'pitch', direction: 1, on: 'pluck' },
      { feature: 'decayTime', direction: 1, on: 'pluck' },
    ],
  },
  {
    instrument: 'keys',
    words: ['keys', 'piano', 'electric piano', 'e-piano', 'epiano', 'rhodes', 'wurlitzer', 'chords', 'chord', 'stab', 'stabs'],
  },
  { instrument: 'pad', words: ['pad', 'pads', 'strings', 'string', 'choir', 'chord pad', 'synth pad'] },
  { instrument: 'texture', words: ['texture', 'textures', 'drone', 'drones', 'atmosphere', 'atmospheric', 'soundscape', 'background'] },
];

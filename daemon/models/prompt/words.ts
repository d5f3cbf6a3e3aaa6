/** What a test can measure of a clip; each word names one that it moves, and which way (test/dsp/words.test.ts). */
export type MeasuredFeature =
  | 'centroid'
  | 'lowShare'
  | 'overtones'
  | 'highShare'
  | 'flatness'
  | 'width'
  | 'attackTime'
  | 'decayTime'
  | 'onsetRate'
  | 'spectralMotion'
  | 'pitch'
  | 'tempo'
  | 'majorThird'
  | 'timing'
  | 'swing'
  | 'crest'
  | 'tonalFocus'
  | 'evenHarmonics'
  | 'chordSize'
  | 'inharmonicity';

/** A claim of a genre's or an instrument's word, measured against the same prompt without it (or against another prompt). */
export interface MeasuredClaim {
  readonly feature: MeasuredFeature;
  readonly direction: 1 | -1;
  readonly on: string;
  readonly against?: string;
}

export interface WordEntry {
  readonly words: readonly string[];
  /** Parameters of native/dsp and how far they move, in shares of their range; an instrument that lacks one passes it over. */
  readonly moves: Readonly<Record<string, number>>;
  /** Multiplies the tempo where neither prompt nor host names one. */
  readonly tempoFactor?: number;
  /** The scale where the prompt names none. */
  readonly scale?: string;
  /** What moves, which way, and on which instruments that is measured. */
  readonly measured: { readonly feature: MeasuredFeature; readonly direction: 1 | -1; readonly on: readonly string[] };
}

const TONAL = ['bass', 'lead', 'pad'] as const;
const BRIGHTNESS = ['bass', 'lead', 'pluck', 'keys', 'pad', 'texture', 'kick', 'snare', 'clap', 'hihat', 'percussion', 'drums'] as const;
const SOME = ['bass', 'lead', 'keys', 'pad', 'kick', 'hihat', 'drums'] as const;

export const WORDS: readonly WordEntry[] = [
  // Timbre
  {
    words: ['bright', 'brighter', 'brilliant', 'shiny', 'sparkling', 'crisp'],
    moves: { tone: 0.22, weight: -0.04 },
    measured: { feature: 'centroid', direction: 1, on: BRIGHTNESS },
  },
  {
    words: ['dark', 'darker', 'muffled', 'dull', 'murky', 'shadowy'],
    moves: { tone: -0.22, air: -0.1, noise: -0.03 },
    measured: { feature: 'centroid', direction: -1, on: BRIGHTNESS },
  },
  {
    words: ['warm', 'warmer', 'mellow'],
    moves: { tone: -0.13, weight: 0.14, drive: 0.05, drift: 0.08, resonance: -0.05 },
    measured: { feature: 'centroid', direction: -1, on: SOME },
  },
  {
    words: ['cold', 'icy', 'chilly'],
    moves: { tone: 0.12, weight: -0.2, drift: -0.2, drive: -0.1 },
    measured: { feature: 'lowShare', direction: -1, on: TONAL },
  },
  {
    words: ['harsh', 'piercing', 'abrasive'],
    moves: { tone: 0.2, drive: 0.3, noise: 0.08, resonance: 0.12 },
    measured: { feature: 'centroid', direction: 1, on: SOME },
  },
  {
    words: ['soft', 'softer', 'gentle', 'tender'],
    moves: { attack: 0.34, tone: -0.1, punch: -0.35, click: -0.35, snap: -0.35, drive: -0.12 },
    measured: { feature: 'attackTime', direction: 1, on: ['bass', 'lead', 'pluck', 'kick', 'snare'] },
  },
  {
    words: ['hard', 'harder', 'hard-hitting', 'heavy-hitting'],
    moves: { attack: -0.15, drive: 0.28, sweep: 0.12, click: 0.5, snap: 0.3, tone: 0.11, envelope: 0.06, sub: -0.15 },
    measured: { feature: 'overtones', direction: 1, on: ['bass', 'lead', 'pluck', 'keys', 'kick', 'snare', 'percussion', 'drums'] },
  },
  {
    words: ['metallic', 'metal', 'clangy'],
    moves: { metal: 0.6, fm: 0.4, tine: 0.3, ring: 0.15, material: 0.3, sub: -0.15 },
    measured: { feature: 'inharmonicity', direction: 1, on: ['bass', 'lead', 'pluck', 'keys', 'pad', 'percussion'] },
  },
  {
    words: ['glassy', 'crystalline', 'bell-like'],
    moves: { fm: 0.4, tine: 0.4, tone: 0.14, weight: -0.12 },
    measured: { feature: 'centroid', direction: 1, on: ['lead', 'pluck', 'keys', 'pad'] },
  },
  {
    words: ['wooden', 'woody'],
    moves: { material: 0.25, pitch: 0.06, metal: -0.3 },
    measured: { feature: 'centroid', direction: 1, on: ['percussion'] },
  },
  {
    words: ['analog', 'analogue', 'vintage'],
    moves: { drift: 0.5, drive: 0.06, detune: 0.06, crush: -0.5 },
    measured: { feature: 'tonalFocus', direction: -1, on: ['pad', 'keys'] },
  },
  {
    words: ['digital', 'cyber'],
    moves: { crush: 0.35, drift: -0.6, drive: -0.1 },
    measured: { feature: 'flatness', direction: 1, on: ['bass', 'lead', 'pad'] },
  },
  {
    words: ['bitcrushed', '8-bit', '8bit', 'chiptune', 'crushed'],
    moves: { crush: 0.6, drift: -0.4, unison: -0.5 },
    measured: { feature: 'flatness', direction: 1, on: ['bass', 'lead', 'pad'] },
  },
  {
    words: ['dirty', 'gritty', 'distorted', 'overdriven', 'fuzzy', 'saturated', 'crunchy'],
    moves: { drive: 0.5, noise: 0.05, tone: 0.1, click: 0.1, sub: -0.15 },
    measured: { feature: 'overtones', direction: 1, on: ['bass', 'lead', 'pluck', 'keys', 'kick', 'snare', 'percussion', 'drums'] },
  },
  {
    words: ['clean', 'pure', 'pristine', 'polished'],
    moves: { drive: -0.6, noise: -0.2, crush: -1, drift: -0.15, tone: -0.13, click: -0.6, sweep: -0.15, snap: -0.15, metal: -0.3 },
    measured: { feature: 'overtones', direction: -1, on: ['bass', 'lead', 'pluck', 'keys', 'pad', 'kick', 'snare', 'percussion'] },
  },
  {
    words: ['punchy', 'punch', 'hard-edged'],
    moves: { punch: 0.45, attack: -0.2, click: 0.2, snap: 0.25, envelope: 0.15, sustain: -0.3, decay: -0.08 },
    measured: { feature: 'attackTime', direction: -1, on: ['kick', 'snare'] },
  },
  {
    words: ['snappy', 'plucky', 'percussive'],
    moves: { attack: -0.2, decay: -0.2, openDecay: -0.2, release: -0.15, sustain: -0.5, snap: 0.25, click: 0.15 },
    measured: { feature: 'decayTime', direction: -1, on: ['bass', 'lead', 'kick', 'snare'] },
  },
  {
    words: ['deep', 'deeper', 'subby', 'boomy'],
    moves: { weight: 0.3, sub: 0.3, pitch: -0.18, tone: -0.08 },
    measured: { feature: 'lowShare', direction: 1, on: ['bass', 'lead', 'pad', 'kick', 'drums'] },
  },
  {
    words: ['heavy', 'massive', 'weighty', 'huge-sounding'],
    moves: { weight: 0.28, drive: 0.15, sub: 0.2 },
    measured: { feature: 'lowShare', direction: 1, on: ['lead', 'pad', 'drums', 'snare'] },
  },
  {
    words: ['thin', 'thinner', 'tinny', 'small'],
    moves: { weight: -0.45, sub: -0.6, unison: -0.2 },
    measured: { feature: 'lowShare', direction: -1, on: ['bass', 'lead', 'pad', 'kick', 'drums'] },
  },
  {
    words: ['fat', 'thick', 'phat', 'beefy', 'full'],
    moves: { unison: 0.25, detune: 0.12, weight: 0.22, sub: 0.2, drive: 0.08, body: 0.2 },
    measured: { feature: 'lowShare', direction: 1, on: ['lead', 'pad', 'snare', 'drums'] },
  },
  {
    words: ['noisy', 'hissy', 'static'],
    moves: { noise: 0.4, air: 0.15, shaker: 0.15 },
    measured: { feature: 'flatness', direction: 1, on: ['bass', 'lead', 'pad', 'kick', 'drums'] },
  },
  {
    words: ['airy', 'breathy', 'ethereal', 'heavenly'],
    moves: { air: 0.5, width: 0.1, weight: -0.08, reverb: 0.08 },
    measured: { feature: 'highShare', direction: 1, on: ['lead', 'pad', 'keys', 'texture'] },
  },
  {
    words: ['smooth', 'silky', 'round', 'rounded', 'velvety'],
    moves: { resonance: -0.3, drive: -0.2, attack: 0.1, tone: -0.09, snap: -0.2, click: -0.25 },
    measured: { feature: 'centroid', direction: -1, on: ['bass', 'lead', 'kick', 'snare'] },
  },
  {
    words: ['resonant', 'squelchy', 'squelch', 'liquid-sounding'],
    moves: { resonance: 0.5, envelope: 0.12 },
    measured: { feature: 'tonalFocus', direction: -1, on: ['bass', 'lead'] },
  },
  {
    words: ['buzzy', 'sawtooth', 'saw', 'raspy'],
    moves: { tone: 0.15, sub: -0.25, drive: 0.12 },
    measured: { feature: 'centroid', direction: 1, on: ['bass', 'lead', 'pad'] },
  },
  {
    words: ['hollow', 'square', 'pulse', 'reedy'],
    moves: { shape: 0.5, sub: -0.15, unison: -0.2 },
    measured: { feature: 'evenHarmonics', direction: -1, on: ['bass'] },
  },
  {
    words: ['sine', 'flute-like', 'whistling'],
    moves: { shape: -0.55, tone: -0.1, unison: -0.4, drive: -0.15, air: -0.3, fm: -0.5 },
    measured: { feature: 'centroid', direction: -1, on: ['bass', 'lead', 'pad'] },
  },
  {
    words: ['detuned', 'out of tune', 'wonky'],
    moves: { detune: 0.45, drift: 0.35, unison: 0.15 },
    measured: { feature: 'tonalFocus', direction: -1, on: ['lead', 'pad'] },
  },
  {
    words: ['lush', 'rich', 'luscious'],
    moves: { unison: 0.25, detune: 0.1, chorus: 0.4, width: 0.2, reverb: 0.15, complexity: 0.2 },
    measured: { feature: 'width', direction: 1, on: ['lead', 'pad', 'pluck', 'keys'] },
  },
  {
    words: ['wobbly', 'wobble', 'wobbling', 'evolving', 'moving', 'morphing'],
    moves: { motion: 0.6, tremolo: 0.4 },
    measured: { feature: 'spectralMotion', direction: 1, on: ['pad'] },
  },
  {
    words: ['clicky', 'attacky'],
    moves: { click: 0.5, snap: 0.3, attack: -0.15 },
    measured: { feature: 'highShare', direction: 1, on: ['kick', 'snare'] },
  },
  {
    words: ['ringing', 'ringy'],
    moves: { ring: 0.6, resonance: 0.25, release: 0.15 },
    measured: { feature: 'decayTime', direction: 1, on: ['snare'] },
  },
  {
    words: ['gliding', 'sliding', 'portamento', 'slides'],
    moves: { glide: 0.6, noteLength: 0.2 },
    measured: { feature: 'chordSize', direction: 1, on: ['lead'] },
  },
  { words: ['vibrato', 'trembling', 'singing'], moves: { vibrato: 0.6 }, measured: { feature: 'tonalFocus', direction: -1, on: ['lead'] } },
  // Space
  {
    words: ['wide', 'wider', 'stereo', 'broad'],
    moves: { width: 0.3, unison: 0.2, detune: 0.1, chorus: 0.25 },
    measured: { feature: 'width', direction: 1, on: ['lead', 'pad', 'pluck', 'keys', 'drums', 'hihat', 'clap'] },
  },
  {
    words: ['narrow', 'mono', 'centred', 'centered'],
    moves: { width: -1, chorus: -0.5 },
    measured: { feature: 'width', direction: -1, on: ['bass', 'lead', 'pad', 'keys', 'drums', 'clap'] },
  },
  {
    words: ['dry', 'close', 'upfront'],
    moves: { reverb: -1, delay: -1 },
    measured: { feature: 'decayTime', direction: -1, on: ['lead', 'pluck', 'snare', 'clap'] },
  },
  {
    words: ['wet', 'reverb', 'reverberant', 'spacious', 'roomy', 'distant', 'washed', 'washy'],
    moves: { reverb: 0.4, space: 0.2 },
    measured: { feature: 'decayTime', direction: 1, on: ['bass', 'lead', 'pluck', 'snare', 'clap'] },
  },
  {
    words: ['huge', 'cavernous', 'cathedral', 'vast', 'cinematic', 'epic'],
    moves: { reverb: 0.45, space: 0.4, width: 0.12, weight: 0.05 },
    measured: { feature: 'decayTime', direction: 1, on: ['bass', 'lead', 'pluck', 'snare'] },
  },
  {
    words: ['echo', 'echoing', 'delay', 'delayed', 'echoes'],
    moves: { delay: 0.5 },
    measured: { feature: 'decayTime', direction: 1, on: ['bass', 'pluck', 'percussion'] },
  },
  { words: ['chorus', 'chorused'], moves: { chorus: 0.6 }, measured: { feature: 'width', direction: 1, on: ['bass', 'pluck', 'keys'] } },
  // Length
  {
    words: ['long', 'sustained', 'ringing out', 'flowing', 'legato'],
    moves: { decay: 0.25, openDecay: 0.25, release: 0.2, sustain: 0.3, noteLength: 0.3 },
    measured: { feature: 'decayTime', direction: 1, on: ['bass', 'pluck', 'kick', 'snare', 'hihat', 'percussion'] },
  },
  {
    words: ['short', 'tight', 'staccato', 'clipped', 'stabby'],
    moves: { decay: -0.25, openDecay: -0.25, release: -0.2, noteLength: -0.35, reverb: -0.1, delay: -0.2 },
    measured: { feature: 'decayTime', direction: -1, on: ['bass', 'lead', 'pluck', 'kick', 'snare', 'hihat', 'percussion'] },
  },
  {
    words: ['slow attack', 'swelling', 'fading in', 'bowed'],
    moves: { attack: 0.4 },
    measured: { feature: 'attackTime', direction: 1, on: ['bass', 'lead', 'pluck'] },
  },
  // Register
  {
    words: ['low', 'lower', 'low-pitched'],
    moves: { octave: -0.25, pitch: -0.22 },
    measured: { feature: 'pitch', direction: -1, on: ['lead', 'pluck', 'pad', 'keys', 'kick', 'percussion'] },
  },
  {
    words: ['high', 'higher', 'high-pitched'],
    moves: { octave: 0.25, pitch: 0.22 },
    measured: { feature: 'pitch', direction: 1, on: ['bass', 'lead', 'pluck', 'pad', 'keys', 'kick', 'percussion'] },
  },
  // Pattern
  {
    words: ['busy', 'dense', 'complex', 'intricate', 'rolling', 'frantic'],
    moves: { density: 0.4, fill: 0.3 },
    measured: { feature: 'onsetRate', direction: 1, on: ['drums', 'hihat', 'bass', 'lead', 'pluck', 'percussion'] },
  },
  {
    words: ['sparse', 'minimal', 'minimalist', 'empty', 'stripped', 'stripped-back'],
    moves: { density: -0.5, fill: -0.4, shaker: -0.35 },
    measured: { feature: 'onsetRate', direction: -1, on: ['drums', 'hihat', 'lead', 'pluck', 'percussion'] },
  },
  {
    words: ['swung', 'swing', 'swinging', 'shuffled', 'shuffle', 'shuffling'],
    moves: { swing: 0.55 },
    measured: { feature: 'swing', direction: 1, on: ['busy hihat'] },
  },
  { words: ['straight', 'unswung'], moves: { swing: -1 }, measured: { feature: 'swing', direction: -1, on: ['busy garage hihat'] } },
  {
    words: ['human', 'humanised', 'humanized', 'loose', 'organic', 'live'],
    moves: { humanise: 0.6 },
    measured: { feature: 'timing', direction: 1, on: ['hihat'] },
  },
  {
    words: ['robotic', 'mechanical', 'quantised', 'quantized', 'machine-like', 'rigid'],
    moves: { humanise: -1, drift: -0.5 },
    measured: { feature: 'timing', direction: -1, on: ['hihat'] },
  },
  {
    words: ['jazzy', 'sophisticated', 'extended'],
    moves: { complexity: 0.5 },
    measured: { feature: 'chordSize', direction: 1, on: ['pad', 'keys'] },
  },
  {
    words: ['simple', 'plain', 'triads'],
    moves: { complexity: -0.5 },
    measured: { feature: 'chordSize', direction: -1, on: ['pad', 'keys'] },
  },
  { words: ['melodic', 'tuneful', 'wandering'], moves: { movement: 0.45 }, measured: { feature: 'chordSize', direction: 1, on: ['bass'] } },
  {
    words: ['hypnotic', 'monotonous', 'static-note', 'repetitive'],
    moves: { movement: -0.6 },
    measured: { feature: 'chordSize', direction: -1, on: ['bass'] },
  },
  // Speed
  {
    words: ['fast', 'faster', 'quick', 'uptempo', 'up-tempo'],
    // Where the tempo is given, more notes are what is left of speed.
    moves: { density: 0.15 },
    tempoFactor: 1.2,
    measured: { feature: 'tempo', direction: 1, on: ['drums', 'bass'] },
  },
  {
    words: ['slow', 'slower', 'downtempo', 'down-tempo'],
    moves: { density: -0.15 },
    tempoFactor: 0.8,
    measured: { feature: 'tempo', direction: -1, on: ['drums', 'bass'] },
  },
  // Mood
  {
    words: ['aggressive', 'angry', 'brutal', 'evil', 'raw', 'industrial'],
    moves: { drive: 0.36, tone: 0.14, attack: -0.1, noise: 0.06, click: 0.35, sweep: 0.06, sub: -0.15 },
    measured: { feature: 'overtones', direction: 1, on: ['bass', 'lead', 'pluck', 'keys', 'kick', 'snare', 'percussion', 'drums'] },
  },
  {
    words: ['calm', 'relaxed', 'relaxing', 'chill', 'chilled', 'peaceful', 'meditative', 'mellowed'],
    moves: { attack: 0.12, tone: -0.11, density: -0.2, drive: -0.12, punch: -0.2, snap: -0.2 },
    tempoFactor: 0.92,
    measured: { feature: 'centroid', direction: -1, on: ['bass', 'lead', 'drums'] },
  },
  {
    words: ['dreamy', 'floating', 'hazy', 'nostalgic'],
    moves: { reverb: 0.25, space: 0.15, chorus: 0.3, attack: 0.12, drift: 0.12, tone: -0.04 },
    measured: { feature: 'attackTime', direction: 1, on: ['lead', 'pluck'] },
  },
  {
    words: ['happy', 'joyful', 'cheerful', 'uplifting', 'euphoric', 'sunny', 'playful'],
    moves: { tone: 0.08 },
    scale: 'major',
    measured: { feature: 'majorThird', direction: 1, on: ['pad', 'keys'] },
  },
  {
    words: ['sad', 'melancholic', 'melancholy', 'gloomy', 'sorrowful', 'emotional', 'moody'],
    moves: { tone: -0.1, air: -0.08, density: -0.08 },
    scale: 'minor',
    tempoFactor: 0.95,
    measured: { feature: 'centroid', direction: -1, on: ['pad', 'keys', 'lead'] },
  },
  {
    words: ['mysterious', 'eerie', 'creepy', 'sinister', 'tense', 'ominous', 'haunting'],
    moves: { tone: -0.08, metal: 0.12, reverb: 0.12, motion: 0.2 },
    scale: 'phrygian',
    measured: { feature: 'centroid', direction: -1, on: ['pad', 'bass'] },
  },
  {
    words: ['energetic', 'driving', 'powerful', 'intense', 'banging'],
    moves: { density: 0.42, fill: 0.3, tone: 0.08, drive: 0.1, punch: 0.1 },
    tempoFactor: 1.05,
    measured: { feature: 'onsetRate', direction: 1, on: ['drums', 'hihat', 'bass'] },
  },
];

/** How much of a word is meant. `scale` multiplies its moves; negative turns them round. */
export const MODIFIERS: Readonly<Record<string, number>> = {
  extremely: 2,
  insanely: 2,
  ultra: 2,
  super: 1.7,
  very: 1.6,
  really: 1.5,
  heavily: 1.5,
  highly: 1.5,
  so: 1.3,
  more: 1.2,
  quite: 1.1,
  too: 1.2,
  rather: 0.9,
  fairly: 0.8,
  moderately: 0.7,
  somewhat: 0.5,
  slightly: 0.4,
  subtly: 0.4,
  'a bit': 0.4,
  'a little': 0.4,
  'a touch': 0.4,
  lightly: 0.4,
  barely: 0.3,
  less: -0.6,
  'not very': -0.3,
  'not too': -0.4,
  'not so': -0.4,
  not: -0.8,
  "isn't": -0.8,
  never: -0.8,
  non: -0.8,
  no: -1.5,
  without: -1.5,
  minus: -1.5,
  un: -0.8,
};

/** Words that carry no meaning here and are not worth a report. */
export const FILLER: ReadonlySet<string> = new Set(
  (
    'a an the and or but with in on at of for to from by as is are be it its this that these me my i you we please make create generate give want need play made ' +
    'loop loops looped looping sample samples sound sounds sounding track tracks clip clips music song tune piece part parts pattern patterns some something ' +
    'style styled vibe vibes feel feeling tone like kind type one-shot oneshot shot hit hits single key bpm bar bars tempo metre meter time signature line lines note notes ' +
    'electronic synth-like new nice good great cool tasty beautiful awesome interesting'
  ).split(' '),
);

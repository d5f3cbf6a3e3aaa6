#include "parameters.hpp"

#include "maths.hpp"

namespace grym::dsp {
namespace {

constexpr auto LIN = Curve::linear;
constexpr auto EXP = Curve::exponential;

constexpr std::array<std::string_view, PARAMETER_COUNT> NAMES = {
    "tone", "weight", "attack", "decay", "drive", "noise", "crush", "width", "reverb", "space", "delay", "density", "swing", "humanise",
    "pitch", "sweep", "sweepTime", "click", "punch", "body", "snap", "ring", "bursts", "spread", "openness", "openDecay", "metal", "material", "shaker",
    "kickLevel", "snareLevel", "hatLevel", "percussionLevel", "fill",
    "resonance", "envelope", "sustain", "release", "sub", "shape", "unison", "detune", "fm", "glide", "vibrato", "motion", "octave", "drift", "noteLength",
    "movement", "complexity", "arpeggio", "tine", "tremolo", "chorus", "grains", "air"};

constexpr std::array<std::string_view, GENRE_COUNT> GENRES = {"none", "house", "techno", "drum-and-bass", "hip-hop", "trap", "ambient", "dub",
    "garage", "lo-fi", "trance", "electro", "breakbeat", "dubstep", "disco", "synthwave"};

// Rows that mean the same on every instrument; only the default differs.
constexpr ParameterSpec drive(double initial) { return {P::drive, 0, 30, initial, LIN, "dB", "gain into the saturator (its output is levelled again): harmonics, grit"}; }
constexpr ParameterSpec crush() { return {P::crush, 0, 1, 0, LIN, "", "coarser sample steps and held samples, from none to about 6 bits at a sixth of 48 kHz"}; }
constexpr ParameterSpec width(double initial) { return {P::width, 0, 2, initial, LIN, "ratio", "stereo width: 0 mono, 1 as played, 2 twice the difference of the sides; below 120 Hz always mono"}; }
constexpr ParameterSpec reverb(double initial) { return {P::reverb, 0, 1, initial, LIN, "", "share of the reverberation"}; }
constexpr ParameterSpec space(double initial) { return {P::space, 0.15, 8, initial, EXP, "s", "time the reverberation takes to fall by 60 dB"}; }
constexpr ParameterSpec echo(double initial) { return {P::delay, 0, 1, initial, LIN, "", "share of a ping-pong echo of three sixteenths"}; }
constexpr ParameterSpec density(double initial = 0.5) { return {P::density, 0, 1, initial, LIN, "", "how many of the pattern's optional notes are played; above 0.65 notes are added, below 0.35 weak ones are left out"}; }
constexpr ParameterSpec swing() { return {P::swing, 50, 75, 50, LIN, "%", "where the second of two sixteenths falls: 50 straight, 66.7 triplet"}; }
constexpr ParameterSpec humanise(double initial) { return {P::humanise, 0, 1, initial, LIN, "", "random deviation of time (to 12 ms), level and timbre from note to note, fixed by the seed"}; }

constexpr ParameterSpec KICK[] = {
    {P::pitch, 32, 90, 49, EXP, "Hz", "frequency on which the body settles"},
    {P::sweep, 1, 5, 2.6, LIN, "octaves", "how far above it the body starts"},
    {P::sweepTime, 8, 160, 48, EXP, "ms", "time in which the pitch falls nine tenths of the way"},
    {P::attack, 0.2, 30, 0.6, EXP, "ms", "rise of the body"},
    {P::decay, 70, 1600, 420, EXP, "ms", "time in which the body falls by 60 dB, after the punch"},
    {P::punch, 0, 1, 0.5, LIN, "", "how long and how loud the first 40 ms stand over the tail"},
    {P::click, 0, 1, 0.42, LIN, "", "level of the beater: a short bright burst and a blip"},
    {P::tone, 300, 16000, 6500, EXP, "Hz", "low-pass filter over everything"},
    {P::weight, 0, 1, 0.5, LIN, "", "low shelf at 75 Hz"},
    {P::noise, 0, 1, 0.04, LIN, "", "level of a noise layer that decays with the body"},
    drive(7), crush(), width(1), reverb(0.03), space(0.5), density(), swing(), humanise(0.15)};

constexpr ParameterSpec SNARE[] = {
    {P::pitch, 110, 340, 186, EXP, "Hz", "lower mode of the head; the upper lies 1.78 times higher"},
    {P::body, 0, 1, 0.5, LIN, "", "level of the two modes"},
    {P::attack, 0.2, 30, 0.4, EXP, "ms", "rise of body and wires"},
    {P::decay, 40, 900, 210, EXP, "ms", "time in which the wires fall by 60 dB; the body takes three fifths of it"},
    {P::noise, 0, 1, 0.6, LIN, "", "level of the snare wires"},
    {P::snap, 0, 1, 0.45, LIN, "", "level of the stick: 4 ms of bright noise"},
    {P::ring, 0, 1, 0.15, LIN, "", "length and level of a third, inharmonic mode"},
    {P::tone, 700, 16000, 6800, EXP, "Hz", "low-pass filter over everything; also moves the wires' band"},
    {P::weight, 0, 1, 0.5, LIN, "", "low shelf at 220 Hz"},
    {P::metal, 0, 1, 0, LIN, "", "ring modulation of the wires at 2.7 kHz"},
    drive(6), crush(), width(1), reverb(0.1), space(0.8), density(), swing(), humanise(0.25)};

constexpr ParameterSpec CLAP[] = {
    {P::pitch, 600, 2400, 1150, EXP, "Hz", "centre of the band in which the hands sound"},
    {P::bursts, 2, 6, 4, LIN, "", "number of hands"},
    {P::spread, 4, 28, 11, EXP, "ms", "time between two hands"},
    {P::attack, 0.2, 20, 0.5, EXP, "ms", "rise of each hand"},
    {P::decay, 50, 1200, 230, EXP, "ms", "time in which the last hand falls by 60 dB"},
    {P::body, 0, 1, 0.35, LIN, "", "narrowness of the band: breathy to hollow"},
    {P::noise, 0, 1, 0.35, LIN, "", "level of unfiltered noise beside the band"},
    {P::tone, 1200, 16000, 7500, EXP, "Hz", "low-pass filter over everything"},
    {P::weight, 0, 1, 0.5, LIN, "", "low shelf at 500 Hz"},
    {P::metal, 0, 1, 0, LIN, "", "ring modulation at 2.1 kHz"},
    drive(4), crush(), width(1.2), reverb(0.16), space(0.9), density(), swing(), humanise(0.25)};

constexpr ParameterSpec HIHAT[] = {
    {P::pitch, 0.5, 2, 1, EXP, "ratio", "tuning of the six metal oscillators"},
    {P::metal, 0, 1, 0.55, LIN, "", "share of metal against noise"},
    {P::attack, 0.1, 30, 0.2, EXP, "ms", "rise"},
    {P::decay, 15, 400, 75, EXP, "ms", "time in which a closed hat falls by 60 dB"},
    {P::openDecay, 120, 2000, 480, EXP, "ms", "the same for an open hat"},
    {P::openness, 0, 1, 0.5, LIN, "", "how many of the pattern's open hats are played"},
    {P::tone, 3500, 18000, 13000, EXP, "Hz", "low-pass filter over everything; also moves the band of the metal"},
    {P::weight, 0, 1, 0.5, LIN, "", "lowers or raises the high-pass filter at 6.5 kHz by up to an octave and a half"},
    {P::noise, 0, 1, 0.35, LIN, "", "level of a hiss above the metal"},
    {P::ring, 0, 1, 0.2, LIN, "", "resonance of the metal's band"},
    drive(3), crush(), width(1.1), reverb(0.05), space(0.6), density(), swing(), humanise(0.35)};

constexpr ParameterSpec PERCUSSION[] = {
    {P::pitch, 80, 900, 230, EXP, "Hz", "fundamental of the lowest voice; the others lie at 1.34 and 1.81 times"},
    {P::material, 0, 1, 0.25, LIN, "", "modes: 0 skin, 0.5 wood, 1 metal bar"},
    {P::sweep, 0, 2, 0.35, LIN, "octaves", "how far above its pitch a stroke starts"},
    {P::attack, 0.2, 30, 0.5, EXP, "ms", "rise"},
    {P::decay, 40, 1500, 260, EXP, "ms", "time in which the fundamental falls by 60 dB"},
    {P::snap, 0, 1, 0.35, LIN, "", "level of the stroke's noise"},
    {P::shaker, 0, 1, 0.35, LIN, "", "level of a shaker between the strokes"},
    {P::tone, 600, 16000, 7000, EXP, "Hz", "low-pass filter over everything"},
    {P::weight, 0, 1, 0.5, LIN, "", "low shelf at 200 Hz"},
    {P::noise, 0, 1, 0.1, LIN, "", "noise that decays with each stroke"},
    {P::metal, 0, 1, 0, LIN, "", "stretches the modes away from harmonic ratios"},
    drive(4), crush(), width(1.3), reverb(0.12), space(0.9), echo(0), density(), swing(), humanise(0.35)};

constexpr ParameterSpec DRUMS[] = {
    {P::kickLevel, -40, 6, 0, LIN, "dB", "level of the kick"},
    {P::snareLevel, -40, 6, -1.5, LIN, "dB", "level of snare and clap"},
    {P::hatLevel, -40, 6, -5, LIN, "dB", "level of the hats"},
    {P::percussionLevel, -40, 6, -8, LIN, "dB", "level of the percussion"},
    {P::pitch, -12, 12, 0, LIN, "semitones", "tuning of the whole kit"},
    {P::attack, 0.2, 30, 0.4, EXP, "ms", "rise of every drum"},
    {P::decay, -1, 1, 0, LIN, "", "shorter or longer drums, as a share of each one's range"},
    {P::punch, 0, 1, 0.5, LIN, "", "punch and click of the kick, snap of the snare"},
    {P::tone, -1, 1, 0, LIN, "", "darker or brighter drums, as a share of each one's range"},
    {P::weight, 0, 1, 0.5, LIN, "", "low shelves of all drums"},
    {P::noise, 0, 1, 0.3, LIN, "", "wires of the snare and noise layers of the others"},
    {P::metal, 0, 1, 0, LIN, "", "metal in snare, clap and percussion"},
    {P::fill, 0, 1, 0.4, LIN, "", "how likely the last bar ends in a fill"},
    drive(5), crush(), width(1), reverb(0.07), space(0.7), density(), swing(), humanise(0.25)};

// Rows of the subtractive voice, shared by bass, lead, pluck and pad.
constexpr ParameterSpec tone(double initial) { return {P::tone, 60, 16000, initial, EXP, "Hz", "cut-off of the low-pass filter before its envelope"}; }
constexpr ParameterSpec weight(double initial) { return {P::weight, 0, 1, initial, LIN, "", "low shelf at 150 Hz: 0 thin, 1 heavy"}; }
constexpr ParameterSpec attack(double initial) { return {P::attack, 0.5, 4000, initial, EXP, "ms", "rise of a note"}; }
constexpr ParameterSpec decay(double initial) { return {P::decay, 20, 8000, initial, EXP, "ms", "fall of level and filter by 60 dB towards the sustain"}; }
constexpr ParameterSpec sustain(double initial) { return {P::sustain, 0, 1, initial, LIN, "", "level held while a note lasts"}; }
constexpr ParameterSpec release(double initial) { return {P::release, 10, 8000, initial, EXP, "ms", "fall by 60 dB after a note"}; }
constexpr ParameterSpec resonance(double initial) { return {P::resonance, 0, 1, initial, LIN, "", "resonance of the filter; 1 is just short of singing by itself"}; }
constexpr ParameterSpec envelope(double initial) { return {P::envelope, 0, 6, initial, LIN, "octaves", "how far the envelope opens the filter"}; }
constexpr ParameterSpec shape(double initial) { return {P::shape, 0, 1, initial, LIN, "", "waveform: 0 triangle, 0.5 saw, 1 pulse"}; }
constexpr ParameterSpec unison(double initial) { return {P::unison, 1, 9, initial, LIN, "", "number of oscillators per note"}; }
constexpr ParameterSpec detune(double initial) { return {P::detune, 0, 60, initial, LIN, "cents", "distance of the outer oscillators"}; }
constexpr ParameterSpec sub(double initial) { return {P::sub, 0, 1, initial, LIN, "", "level of a sine one octave below (on the bass, at the note)"}; }
constexpr ParameterSpec fm(double initial) { return {P::fm, 0, 1, initial, LIN, "", "level and index of a frequency-modulated pair of sines"}; }
constexpr ParameterSpec metal() { return {P::metal, 0, 1, 0, LIN, "", "ratio of that pair: from harmonic (2) to inharmonic (3.51), with ring modulation"}; }
constexpr ParameterSpec hiss(double initial) { return {P::noise, 0, 1, initial, LIN, "", "noise through the filter"}; }
constexpr ParameterSpec air(double initial) { return {P::air, 0, 1, initial, LIN, "", "breath: high-passed noise beside the filter"}; }
constexpr ParameterSpec drift(double initial) { return {P::drift, 0, 1, initial, LIN, "", "slow wander of each oscillator's pitch (to 25 cents) and of the filter"}; }
constexpr ParameterSpec motion(double initial) { return {P::motion, 0, 1, initial, LIN, "", "movement of filter and pulse width by a slow wave that fits the loop"}; }
constexpr ParameterSpec octave() { return {P::octave, -2, 2, 0, LIN, "octaves", "register (rounded to whole octaves)"}; }
constexpr ParameterSpec noteLength(double initial) { return {P::noteLength, 0.1, 1.5, initial, LIN, "ratio", "length of a note against its place in the pattern"}; }
constexpr ParameterSpec glide(double initial) { return {P::glide, 0, 250, initial, LIN, "ms", "slide between tied notes"}; }
constexpr ParameterSpec vibrato(double initial) { return {P::vibrato, 0, 60, initial, LIN, "cents", "depth of a 5.3 Hz vibrato that sets in late"}; }
constexpr ParameterSpec chorus(double initial) { return {P::chorus, 0, 1, initial, LIN, "", "two slowly moving copies, opposite on the sides"}; }
constexpr ParameterSpec arpeggio() { return {P::arpeggio, 0, 1, 0.6, LIN, "", "share of broken chords against a melody"}; }
constexpr ParameterSpec movement(double initial) { return {P::movement, 0, 1, initial, LIN, "", "how far the line moves from its root, and with the chords"}; }

constexpr ParameterSpec BASS[] = {tone(620), weight(0.5), attack(1.5), decay(420), sustain(0.35), release(70), resonance(0.24), envelope(2.5), shape(0.5),
    unison(2), detune(7), sub(0.5), fm(0.0), metal(), hiss(0.0), air(0.0), drift(0.12), motion(0.1), glide(40), octave(), noteLength(0.85), movement(0.5),
    drive(5), crush(), chorus(0), width(1), reverb(0.0), space(0.6), echo(0), density(), swing(), humanise(0.2)};

constexpr ParameterSpec LEAD[] = {tone(2100), weight(0.5), attack(4), decay(700), sustain(0.6), release(180), resonance(0.2), envelope(1.4), shape(0.55),
    unison(5), detune(14), sub(0.15), fm(0.0), metal(), hiss(0.0), air(0.0), drift(0.12), motion(0.15), vibrato(12), glide(35), octave(), noteLength(0.9), movement(0.5),
    drive(4), crush(), chorus(0.15), width(1), reverb(0.16), space(1.6), echo(0.22), density(), swing(), humanise(0.2)};

constexpr ParameterSpec PLUCK[] = {tone(900), weight(0.5), attack(0.8), decay(420), sustain(0.0), release(260), resonance(0.25), envelope(3.2), shape(0.5),
    unison(3), detune(9), sub(0.2), fm(0.12), metal(), hiss(0.0), air(0.0), drift(0.1), motion(0.2), octave(), noteLength(0.7), arpeggio(),
    movement(0.6), drive(3), crush(), chorus(0.2), width(1.1), reverb(0.2), space(1.8), echo(0.28), density(), swing(), humanise(0.2)};

constexpr ParameterSpec complexity(double initial) { return {P::complexity, 0, 1, initial, LIN, "", "chords: below 0.34 triads, below 0.67 sevenths, above ninths"}; }

constexpr ParameterSpec KEYS[] = {
    {P::tone, 0.2, 8, 2.2, EXP, "index", "brightness: index of the frequency modulation, and a low-pass filter that follows it"},
    weight(0.5), attack(1.2),
    {P::decay, 150, 8000, 2600, EXP, "ms", "fall of a held note by 60 dB"},
    release(320),
    {P::tine, 0, 1, 0.35, LIN, "", "level of the tine: a bell-like second pair that dies away fast"},
    {P::metal, 0, 1, 0, LIN, "", "moves the tine's ratio from harmonic (14) to inharmonic (10.3) and the body's to 1.41"},
    {P::tremolo, 0, 1, 0.25, LIN, "", "swing of the sound between the sides, in eighths"},
    {P::detune, 0, 60, 6, LIN, "cents", "distance of two stereo layers"},
    hiss(0.0), air(0.02), drift(0.1), octave(), noteLength(0.9), complexity(0.5), movement(0.6),
    drive(3), crush(), chorus(0.3), width(1), reverb(0.18), space(1.6), echo(0.08), density(), swing(), humanise(0.35)};

constexpr ParameterSpec PAD[] = {tone(1500), weight(0.5), attack(320), decay(2500), sustain(0.75), release(1600), resonance(0.12), envelope(0.8), shape(0.5),
    unison(6), detune(18), sub(0.25), fm(0.0), metal(), hiss(0.0), air(0.12), drift(0.3), motion(0.4), octave(), complexity(0.5), movement(0.7),
    drive(2), crush(), chorus(0.5), width(1.2), reverb(0.38), space(3.2), echo(0.0), density(), humanise(0.2)};

constexpr ParameterSpec TEXTURE[] = {
    {P::tone, 200, 14000, 2400, EXP, "Hz", "centre of the noise bands and brightness of drone and grains"},
    weight(0.45),
    {P::attack, 5, 2000, 120, EXP, "ms", "rise of each grain"},
    {P::decay, 100, 6000, 1400, EXP, "ms", "fall of each grain"},
    {P::noise, 0, 1, 0.35, LIN, "", "level of the wandering noise bands"},
    {P::grains, 0, 1, 0.45, LIN, "", "level of the grains against the drone"},
    {P::resonance, 0, 1, 0.55, LIN, "", "narrowness of the noise bands"},
    {P::motion, 0, 1, 0.5, LIN, "", "how far bands and drone partials wander"},
    {P::metal, 0, 1, 0.15, LIN, "", "grains: from soft sines to inharmonic bells"},
    {P::air, 0, 1, 0.08, LIN, "", "level of high hiss"},
    {P::octave, -2, 2, 0, LIN, "octaves", "register (rounded to whole octaves)"},
    drive(2), crush(), chorus(0.3), width(1.4), reverb(0.5), space(4.5), echo(0.15), density()};

constexpr InstrumentSpec INSTRUMENTS[INSTRUMENT_COUNT] = {
    {Instrument::kick, "kick", false, "a sine that falls in pitch, with a beater's click, punch and saturation", KICK},
    {Instrument::snare, "snare", false, "two modes of a drum head, snare wires and a stick", SNARE},
    {Instrument::clap, "clap", false, "several hands as bursts of band-passed noise over both sides", CLAP},
    {Instrument::hihat, "hihat", false, "six inharmonic pulse oscillators and noise through steep filters, closed and open", HIHAT},
    {Instrument::percussion, "percussion", false, "three tuned strokes (skin, wood or metal modes) and a shaker", PERCUSSION},
    {Instrument::drums, "drums", false, "a whole kit: kick, snare, clap, hats and percussion playing a genre's pattern", DRUMS},
    {Instrument::bass, "bass", true, "oscillators with sub and saturating ladder filter, playing a bass line", BASS},
    {Instrument::lead, "lead", true, "unison oscillators with ladder filter, vibrato, glide and echo, playing a melody", LEAD},
    {Instrument::pluck, "pluck", true, "short filtered notes playing an arpeggio or motif", PLUCK},
    {Instrument::keys, "keys", true, "an electric piano by frequency modulation, playing chords in rhythm", KEYS},
    {Instrument::pad, "pad", true, "wide unison chords with slow envelopes, chorus and a long reverberation", PAD},
    {Instrument::texture, "texture", true, "a drone in key, wandering noise bands and soft bell grains", TEXTURE}};

}  // namespace

double ParameterSpec::normalise(double value) const noexcept {
  value = clampTo(value, minimum, maximum);
  if (curve == Curve::linear) return (value - minimum) / (maximum - minimum);
  return (log2Of(value) - log2Of(minimum)) / (log2Of(maximum) - log2Of(minimum));
}

double ParameterSpec::denormalise(double position) const noexcept {
  position = clampTo(position, 0.0, 1.0);
  if (curve == Curve::linear) return mix(minimum, maximum, position);
  return clampTo(exp2Of(mix(log2Of(minimum), log2Of(maximum), position)), minimum, maximum);
}

std::string_view parameterName(P id) noexcept { return NAMES[static_cast<std::size_t>(id)]; }

std::optional<P> parameterByName(std::string_view name) noexcept {
  for (std::size_t i = 0; i < NAMES.size(); ++i)
    if (NAMES[i] == name) return static_cast<P>(i);
  return std::nullopt;
}

const InstrumentSpec& instrumentSpec(Instrument id) noexcept { return INSTRUMENTS[static_cast<std::size_t>(id)]; }

std::optional<Instrument> instrumentByName(std::string_view name) noexcept {
  for (const auto& spec : INSTRUMENTS)
    if (spec.name == name) return spec.id;
  return std::nullopt;
}

const ParameterSpec* findParameter(Instrument instrument, P id) noexcept {
  for (const auto& row : instrumentSpec(instrument).parameters)
    if (row.id == id) return &row;
  return nullptr;
}

std::string_view genreName(Genre id) noexcept { return GENRES[static_cast<std::size_t>(id)]; }

std::optional<Genre> genreByName(std::string_view name) noexcept {
  for (std::size_t i = 0; i < GENRES.size(); ++i)
    if (GENRES[i] == name) return static_cast<Genre>(i);
  return std::nullopt;
}

Parameters::Parameters(Instrument instrument) noexcept : instrument_(instrument) {
  for (const auto& row : instrumentSpec(instrument).parameters) values_[static_cast<std::size_t>(row.id)] = row.initial;
}

double Parameters::position(P id) const noexcept {
  const auto* row = findParameter(instrument_, id);
  return row ? row->normalise((*this)[id]) : 0.0;
}

double Parameters::offset(P id) const noexcept {
  const auto* row = findParameter(instrument_, id);
  return row ? row->normalise((*this)[id]) - row->normalise(row->initial) : 0.0;
}

bool Parameters::move(P id, double positions) noexcept {
  const auto* row = findParameter(instrument_, id);
  if (!row) return false;
  // A move of nothing must not disturb the value by the rounding of the curve.
  if (positions != 0.0) values_[static_cast<std::size_t>(id)] = row->denormalise(row->normalise((*this)[id]) + positions);
  return true;
}

bool Parameters::set(P id, double value) noexcept {
  const auto* row = findParameter(instrument_, id);
  if (!row) return false;
  values_[static_cast<std::size_t>(id)] = clampTo(value, row->minimum, row->maximum);
  return true;
}

}  // namespace grym::dsp

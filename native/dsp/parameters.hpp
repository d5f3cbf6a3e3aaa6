#pragma once
// The one table of what an instrument can be told. Everything else (docs/reference/procedural-parameters.md, the words of a
// prompt, the renderer's explanation) is derived from it through describe().
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace grym::dsp {

enum class Instrument : std::uint32_t { kick, snare, clap, hihat, percussion, drums, bass, lead, pluck, keys, pad, texture };
inline constexpr std::size_t INSTRUMENT_COUNT = 12;

enum class Genre : std::uint32_t { none, house, techno, drumAndBass, hipHop, trap, ambient, dub, garage, lofi, trance, electro, breakbeat, dubstep, disco, synthwave };
inline constexpr std::size_t GENRE_COUNT = 16;

/** One name means one thing on every instrument that has it; ranges and defaults differ. */
enum class P : std::uint32_t {
  tone, weight, attack, decay, drive, noise, crush, width, reverb, space, delay, density, swing, humanise,
  pitch, sweep, sweepTime, click, punch, body, snap, ring, bursts, spread, openness, openDecay, metal, material, shaker,
  kickLevel, snareLevel, hatLevel, percussionLevel, fill,
  resonance, envelope, sustain, release, sub, shape, unison, detune, fm, glide, vibrato, motion, octave, drift, noteLength,
  movement, complexity, arpeggio, tine, tremolo, chorus, grains, air,
  count
};
inline constexpr std::size_t PARAMETER_COUNT = static_cast<std::size_t>(P::count);

enum class Curve : std::uint32_t { linear, exponential };

struct ParameterSpec {
  P id;
  double minimum, maximum, initial;
  Curve curve;
  std::string_view unit;
  std::string_view effect;

  /** Position of a value in the range, 0…1 along the curve. */
  double normalise(double value) const noexcept;
  double denormalise(double position) const noexcept;
};

struct InstrumentSpec {
  Instrument id;
  std::string_view name;
  bool tonal;
  std::string_view description;
  std::span<const ParameterSpec> parameters;
};

std::string_view parameterName(P id) noexcept;
std::optional<P> parameterByName(std::string_view name) noexcept;
const InstrumentSpec& instrumentSpec(Instrument id) noexcept;
std::optional<Instrument> instrumentByName(std::string_view name) noexcept;
const ParameterSpec* findParameter(Instrument instrument, P id) noexcept;
std::string_view genreName(Genre id) noexcept;
std::optional<Genre> genreByName(std::string_view name) noexcept;

/** The values of one instrument; parameters that it lacks read as 0. */
class Parameters {
 public:
  explicit Parameters(Instrument instrument) noexcept;
  Instrument instrument() const noexcept { return instrument_; }
  double operator[](P id) const noexcept { return values_[static_cast<std::size_t>(id)]; }
  /** 0…1 within the range; 0 where the instrument lacks it. */
  double position(P id) const noexcept;
  /** How far the value lies from its default, in positions (−1…1). */
  double offset(P id) const noexcept;
  /** Moves along the curve, clamped to the range. False: this instrument has no such parameter. */
  bool move(P id, double positions) noexcept;
  bool set(P id, double value) noexcept;

 private:
  Instrument instrument_;
  std::array<double, PARAMETER_COUNT> values_{};
};

}  // namespace grym::dsp

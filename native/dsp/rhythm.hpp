#pragma once
// Time: metre, steps, swing, humanising, and the drum patterns of the genres.
#include <cstdint>
#include <string_view>
#include <vector>

#include "parameters.hpp"
#include "random.hpp"

namespace grym::dsp {

enum class Scale : std::uint32_t { minor, major, dorian, phrygian, lydian, mixolydian, locrian, harmonicMinor, melodicMinor, minorPentatonic, majorPentatonic, blues };

/** Everything that the music, not the sound, is made of. */
struct Music {
  double sampleRate = 48000;
  double tempoBpm = 120;
  std::int32_t bars = 2;
  std::int32_t numerator = 4;
  std::int32_t denominator = 4;
  std::int32_t keyRoot = 9;  // pitch class, C = 0
  Scale scale = Scale::minor;
  Genre genre = Genre::none;
  bool loop = true;
  std::uint64_t seed = 1;

  double quartersPerBar() const noexcept { return 4.0 * numerator / denominator; }
  double quarterNotes() const noexcept { return bars * quartersPerBar(); }
  /** round(bars × quarters per bar × 60 / tempo × rate), halves away from zero. */
  std::int64_t frames() const noexcept { return static_cast<std::int64_t>(quarterNotes() * 60.0 / tempoBpm * sampleRate + 0.5); }
};

/** One sixteenth (in metres of thirty-seconds or finer: one such note). */
struct Step {
  double quarters;       // from the loop's start, unswung
  std::int32_t bar;
  std::int32_t group;    // the beat as felt: 7/8 has groups of 2 + 2 + 3 eighths
  std::int32_t place;    // within the group
  std::int32_t index;    // within the bar
  std::int32_t pattern;  // 0…15, the place in a 4/4 pattern that it borrows
  double strength;       // 1 bar line, then beats, eighths, sixteenths
};

struct Grid {
  std::vector<Step> steps;
  double stepQuarters = 0.25;
  std::int32_t stepsPerBar = 16;
  std::int32_t groupsPerBar = 4;
};

Grid makeGrid(const Music& music);

/** The step's time with swing. swingPercent 50…75. */
double swungQuarters(const Step& step, const Grid& grid, double swingPercent) noexcept;

enum class Role : std::uint32_t { kick, snare, clap, closedHat, openHat, percussion };
inline constexpr std::size_t ROLE_COUNT = 6;

struct Hit {
  Role role;
  double quarters;
  double velocity;  // 0…1
  double timbre;    // −1…1, humanised
  std::uint32_t index;
};

/** The swing that belongs to a genre, in percent. */
double genreSwing(Genre genre) noexcept;

/** Hits of one role in time order. A part of a kit may be silent; an instrument alone never is. */
std::vector<Hit> drumHits(const Music& music, const Grid& grid, Role role, const Parameters& parameters, bool partOfKit);

}  // namespace grym::dsp

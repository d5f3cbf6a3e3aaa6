#pragma once
// Pitch: scales, chord progressions, voice leading, and the lines that bass, lead, pluck, keys and pad play.
#include <optional>
#include <string_view>
#include <vector>

#include "rhythm.hpp"

namespace grym::dsp {

struct Note {
  double quarters;
  double lengthQuarters;
  double pitch;      // MIDI note
  double velocity;   // 0…1
  double slideFrom;  // pitch that it glides from; the same as pitch where it does not
  double pan;        // −1…1
  std::uint32_t index;
};

std::string_view scaleName(Scale scale) noexcept;
std::optional<Scale> scaleByName(std::string_view name) noexcept;
/** Semitones above the root, ascending. */
std::vector<int> scaleSemitones(Scale scale);

std::vector<Note> bassLine(const Music& music, const Grid& grid, const Parameters& parameters);
std::vector<Note> melody(const Music& music, const Grid& grid, const Parameters& parameters);
std::vector<Note> pluckLine(const Music& music, const Grid& grid, const Parameters& parameters);
std::vector<Note> keysChords(const Music& music, const Grid& grid, const Parameters& parameters);
std::vector<Note> padChords(const Music& music, const Parameters& parameters);

/** Notes of the chord on a degree (0 = root) in close position around MIDI note `centre`, led from `previous` where it is given. */
std::vector<int> voiceChord(const Music& music, int degree, double complexity, int centre, const std::vector<int>& previous);
/** The degree of each bar's chord. */
std::vector<int> progression(const Music& music, double movement);

}  // namespace grym::dsp

#pragma once
// Pitch classes, key and chords. Pitch-class profiles of spectral peaks with harmonics counted towards their fundamental (Gómez,
// "Tonal description of music audio signals", 2006), tuned to the clip's own reference pitch.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "control.hpp"
#include "spectrum.hpp"

namespace grym::dsp {

using Chroma = std::array<double, 12>;

struct PitchCurve {
  std::vector<Chroma> frames;
  double framesPerSecond = 0.0;
  /** Of the whole clip, sum 1; all 0 where nothing has a pitch. */
  Chroma mean{};
};
PitchCurve pitchCurve(const MiddleSide& sound, Control& control);

struct Key {
  std::string name;  // "A minor"
  double confidence;
};
/** Nothing where the pitch classes are about equally strong, as in noise and drums. */
std::optional<Key> findKey(const PitchCurve& curve);

struct Chord {
  double startSeconds, endSeconds;
  std::string name;  // "Am", "F", "N"
  double confidence;
};
/** One for each span between two borders. */
std::vector<Chord> findChords(const PitchCurve& curve, const std::vector<double>& borders);

}  // namespace grym::dsp
